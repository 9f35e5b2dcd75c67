import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PARTS = ["package.json", "wrangler.toml", "tsconfig.json", ".dev.vars.example", "migrations", "scripts", "src"];

/** The project as it comes from a clone, in a new folder; with the installed packages, unless they are to be missing. */
export function freshClone(packages: "installed" | "missing" = "installed"): string {
  const folder = mkdtempSync(join(tmpdir(), "edgedesk-newcomer-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  if (packages === "installed") symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** `npm start` as a person has it, without what the npm that runs these tests has put into the environment. */
export class NpmStart {
  output = "";
  errors = "";
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #npm: ChildProcess;

  constructor(folder: string, env: Record<string, string>) {
    // Its own group, as a shell gives to each command: what the terminal's Ctrl-C reaches.
    this.#npm = spawn("npm", ["start"], { cwd: folder, env: { ...cleanEnvironment(), ...env }, detached: true });
    this.#npm.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    this.#npm.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => {
      this.#npm.once("close", (code, signal) => resolve({ code, signal }));
    });
    onTestFinished(() => this.#killAll());
  }

  get pid(): number {
    return this.#npm.pid ?? 0;
  }

  /** The lines on stderr that are not npm's own. */
  get complaints(): string[] {
    return this.errors.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("npm "));
  }

  /** Waits for the end of the greeting. */
  async ready(): Promise<void> {
    const early = this.ended.then(() => {
      throw new Error(`npm start has ended:\n${this.output}${this.errors}`);
    });
    const greeted = new Promise<void>((resolve) => {
      this.#npm.stdout?.on("data", () => this.output.includes("Ctrl-C ends it") && resolve());
    });
    await Promise.race([greeted, early]);
    early.catch(() => {});
  }

  /** What the terminal does at Ctrl-C. */
  pressCtrlC(): void {
    process.kill(-this.pid, "SIGINT");
  }

  #killAll(): void {
    const isOver = this.#npm.exitCode !== null || this.#npm.signalCode !== null;
    for (const pid of isOver ? [] : [...descendantsOf(this.pid), this.pid]) kill(pid);
  }
}

/** All processes that this one has started, by way of others too. */
export function descendantsOf(pid: number): number[] {
  const children = processes().filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendantsOf(child.pid)]);
}

/** The command lines of those of the processes that still run. */
export function stillRunning(pids: readonly number[]): string[] {
  return processes()
    .filter(({ pid, state }) => pids.includes(pid) && !state.startsWith("Z"))
    .map(({ command }) => command);
}

function processes() {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return table.split("\n").map((line) => {
    const [pid = "", parent = "", state = "", ...command] = line.trim().split(/\s+/u);
    return { pid: Number(pid), parent: Number(parent), state, command: command.join(" ") };
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}

/** A port that is free, held until `release`. */
export async function takePort(): Promise<{ readonly port: number; release(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<string> {
  const { port, release } = await takePort();
  await release();
  return `${port}`;
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH = "", ...rest } = process.env;
  const own = Object.entries(rest).filter(([name]) => !/^(?:npm_|VITEST|NODE_ENV$|FORCE_COLOR$)/u.test(name));
  // Without node_modules/.bin, `node` is the machine's own.
  const path = PATH.split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}
