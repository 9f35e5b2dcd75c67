import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a run of a script left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastError: string;
}

/** Starts a script of the folder `scripts`. */
export function startScript(
  name: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string | undefined } = {},
): { child: ChildProcess; ended: Promise<Run> } {
  const script = join(import.meta.dirname, "../../scripts", name);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: options.cwd,
    // Compiled once for all runs: starting is most of what they do.
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: join(tmpdir(), "edgedesk-test-compile-cache"),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Run>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr, lastError: stderr.trim().split("\n").at(-1) ?? "" }));
  });
  return { child, ended };
}
