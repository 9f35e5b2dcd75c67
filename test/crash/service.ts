import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { Failure } from "../../scripts/local/run.ts";
import { copyProject, NpmStart } from "../e2e/npm-start.ts";
import { freePort } from "../e2e/ports.ts";

/** The data folder, as `PERSIST_TO` names it. */
const DATA = "data";

/** `npm start` gives up by itself before that. */
const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 30_000;

/**
 * The service under test: a copy of the project that is started as a person starts it, ended as a power cut ends it, and started
 * again on the same data.
 */
export class CrashableService {
  readonly folder: string;
  readonly address: string;
  readonly #port: string;
  #npm: NpmStart | undefined;
  #starts = 0;
  #closed = false;

  private constructor(folder: string, port: string) {
    this.folder = folder;
    this.#port = port;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** Makes the copy; nothing is started yet. */
  static async prepare(): Promise<CrashableService> {
    const service = new CrashableService(copyProject("edgedesk-crash-"), await freePort());
    mkdirSync(service.logs);
    return service;
  }

  get dataFolder(): string {
    return join(this.folder, DATA);
  }

  /** What each start wrote, one file each. */
  get logs(): string {
    return join(this.folder, "logs");
  }

  /** From `.dev.vars`, which the first start makes. */
  get key(): string {
    return parseEnv(readFileSync(join(this.folder, ".dev.vars"), "utf8"))["ROOT_KEY"] ?? "";
  }

  /** Whether it runs, as far as anybody can see from outside. */
  get isUp(): boolean {
    return this.#npm !== undefined && !this.#npm.isOver;
  }

  /**
   * Starts it, and waits until it greets.
   *
   * @returns milliseconds
   * @throws Error with its output if it ends before that
   */
  async start(): Promise<number> {
    if (this.#closed) throw new Failure("the crash test is at its end");
    const begun = performance.now();
    this.#starts++;
    const npm = new NpmStart(this.folder, { PORT: this.#port, PERSIST_TO: DATA });
    this.#npm = npm;
    const limit = setTimeout(() => npm.kill(), START_LIMIT_MS);
    await npm.ready().finally(() => clearTimeout(limit));
    npm.noteProcesses();
    return performance.now() - begun;
  }

  /**
   * kill -9 of everything, without grace.
   *
   * @returns how many processes there were
   */
  kill(): number {
    const killed = this.#npm?.kill() ?? 0;
    this.#writeLog();
    this.#npm = undefined;
    return killed;
  }

  /** Ends it with Ctrl-C, so that its files are at rest. */
  async stop(): Promise<void> {
    const npm = this.#npm;
    if (npm === undefined) return;
    npm.pressCtrlC();
    const limit = setTimeout(() => npm.kill(), STOP_LIMIT_MS);
    await npm.ended.finally(() => clearTimeout(limit));
    this.#writeLog();
    this.#npm = undefined;
  }

  /** Ends it for good, and removes what it leaves, unless somebody wants to look at that. */
  close(keep: boolean): void {
    this.#closed = true;
    this.kill();
    if (!keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #writeLog(): void {
    if (this.#npm === undefined) return;
    const { output, errors } = this.#npm;
    writeFileSync(join(this.logs, `start-${`${this.#starts}`.padStart(3, "0")}.log`), `${output}${errors}`);
  }
}
