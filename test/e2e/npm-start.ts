import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { descendantsOf, groupsOf, killAll, runningIn } from "./process-table.ts";

const root = join(import.meta.dirname, "../..");
const PARTS = [
  "package.json",
  "wrangler.toml",
  "tsconfig.json",
  ".dev.vars.example",
  "migrations",
  "scripts",
  "src",
  "public",
];

/** Looks at the process table until nothing of a killed service is left. */
const MOST_LOOKS = 50;

/**
 * The project as it comes from a clone, in a new folder; with the installed packages, unless they are to be missing.
 *
 * @param prefix the beginning of the folder's name
 * @param more what else of the project is wanted, beside what it runs with
 */
export function copyProject(
  prefix: string,
  packages: "installed" | "missing" = "installed",
  more: readonly string[] = [],
): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  for (const part of [...PARTS, ...more]) cpSync(join(root, part), join(folder, part), { recursive: true });
  if (packages === "installed") symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs a program in a clone, as a person does, and gives what it wrote to stdout; fails where it does. */
export async function runIn(folder: string, command: string, args: readonly string[], env = {}): Promise<string> {
  const options = { cwd: folder, env: { ...cleanEnvironment(), ...env }, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(command, args, options).catch((error) => {
    throw new Error(`${command} ${args.join(" ")} has failed:\n${error.stdout}${error.stderr}`);
  });
  return stdout;
}

/** `npm start` as a person has it, without what the npm that runs this has put into the environment. */
export class NpmStart {
  output = "";
  errors = "";
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #npm: ChildProcess;
  #known: { readonly pids: readonly number[]; readonly groups: readonly number[] } | undefined;

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
  }

  get pid(): number {
    return this.#npm.pid ?? 0;
  }

  /** Whether npm itself has ended, by whatever. */
  get isOver(): boolean {
    return this.#npm.exitCode !== null || this.#npm.signalCode !== null;
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
      this.#npm.stdout?.on("data", () => this.output.includes("Press Ctrl-C to stop") && resolve());
    });
    await Promise.race([greeted, early]);
    early.catch(() => {});
  }

  /** What the terminal does at Ctrl-C. */
  pressCtrlC(): void {
    process.kill(-this.pid, "SIGINT");
  }

  /** Looks which processes there are now, so that {@link kill} needs no time for it. */
  noteProcesses(): void {
    const pids = [this.pid, ...descendantsOf(this.pid)];
    this.#known = { pids, groups: groupsOf(pids) };
  }

  /**
   * kill -9 of npm and of all that it has started, at once: none of them is asked, and none is left to tidy up after another.
   *
   * @returns how many processes there were
   */
  kill(): number {
    if (this.#known === undefined) {
      if (this.isOver) return 0;
      // While it is looked who is there, the script must not start anybody else.
      process.kill(-this.pid, "SIGSTOP");
      this.noteProcesses();
    }
    const { pids, groups } = this.#known ?? { pids: [], groups: [] };
    killAll(pids);
    // Who was started after the look has the group of its parent.
    let left = runningIn(groups);
    for (let looks = 0; left.length > 0 && looks < MOST_LOOKS; looks++) {
      killAll(left);
      left = runningIn(groups);
    }
    this.#known = undefined;
    return pids.length;
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH = "", ...rest } = process.env;
  const own = Object.entries(rest).filter(([name]) => !/^(?:npm_|VITEST|NODE_ENV$|FORCE_COLOR$)/u.test(name));
  // Without node_modules/.bin, `node` is the machine's own.
  const path = PATH.split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}
