import { type ChildProcess, fork } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Order, Result } from "./driver.ts";

/** What no test needs, or must not be copied. */
const LEFT_OUT = new Set(["node_modules", ".git", "dist", ".wrangler", "findings"]);

const root = join(import.meta.dirname, "../..");

/** A copy of the project with a vitest of its own, in which tests run again and again with one file changed each time. */
export class Worker {
  readonly folder = mkdtempSync(join(tmpdir(), "edgedesk-mutation-"));
  readonly tree = join(this.folder, "tree");
  readonly coverage = join(this.folder, "coverage");
  readonly #unreadable = join(this.folder, "unreadable");
  readonly #covers: boolean;
  #driver: ChildProcess | undefined;
  #tests: readonly string[] = [];

  /** @param covers whether the copy is to be instrumented, and its coverage written down */
  constructor(covers = false) {
    this.#covers = covers;
    cpSync(root, this.tree, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
    symlinkSync(join(root, "node_modules"), join(this.tree, "node_modules"));
    mkdirSync(this.coverage);
  }

  /** The test files that can run here. */
  async tests(): Promise<readonly string[]> {
    if (this.#driver === undefined) await this.#start();
    return this.#tests;
  }

  /**
   * Runs test files with a file changed, and puts it back.
   *
   * @returns undefined if it took too long
   */
  async run(order: Order, limitMs: number): Promise<Result | undefined> {
    if (this.#driver === undefined) await this.#start();
    const driver = this.#driver;
    if (!driver) throw new Error("the driver did not start");
    const file = order.change && join(this.tree, order.change.file);
    const original = file && readFileSync(file, "utf8");
    rmSync(this.#unreadable, { force: true });
    driver.send(order);
    const result = await answer<Result>(driver, limitMs);
    if (result === undefined) {
      driver.kill("SIGKILL");
      this.#driver = undefined;
      if (order.change && original !== undefined)
        cpSync(join(root, order.change.file), join(this.tree, order.change.file));
    }
    return result;
  }

  /** Why SQLite could not read statements of the latest run. */
  unreadable(): readonly string[] {
    return existsSync(this.#unreadable) ? readFileSync(this.#unreadable, "utf8").trim().split("\n") : [];
  }

  close(): void {
    this.#driver?.kill("SIGKILL");
    this.#driver = undefined;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const environment = {
      MUTATION_UNREADABLE: this.#unreadable,
      ...(this.#covers && { MUTATION_COVERAGE: this.coverage }),
    };
    const driver = fork(join(this.tree, "test/mutation/driver.ts"), {
      cwd: this.tree,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", process.env["MUTATION_DEBUG"] === undefined ? "ignore" : "inherit", "ipc"],
    });
    this.#driver = driver;
    const started = await answer<{ tests: string[] }>(driver, 600_000);
    if (!started) throw new Error("vitest did not start");
    this.#tests = started.tests;
  }
}

function answer<Answer>(driver: ChildProcess, limitMs: number): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(undefined), limitMs);
    const failed = (code: number | null) => {
      end(undefined);
      reject(new Error(`the driver ended with ${code}`));
    };
    const end = (value: Answer | undefined) => {
      clearTimeout(timer);
      driver.off("message", end);
      driver.off("exit", failed);
      resolve(value);
    };
    driver.once("message", end);
    driver.once("exit", failed);
  });
}
