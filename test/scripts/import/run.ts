import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KEY, StandInServer } from "./stand-in-server.ts";

const script = fileURLToPath(new URL("../../../scripts/import.ts", import.meta.url));

/** What a run of `npm run import` left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastError: string;
}

/** Starts `scripts/import.ts`. */
export function startImport(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): { child: ChildProcess; ended: Promise<Run> } {
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

/** A server to import to, and a folder with the files to import. */
export class Stage {
  readonly server = new StandInServer();
  readonly folder = mkdtempSync(join(tmpdir(), "edgedesk-import-"));

  async open(): Promise<this> {
    await this.server.open();
    return this;
  }

  close(): void {
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Puts a file into the folder, and gives its path. */
  file(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  start(args: readonly string[], cwd = this.folder): { child: ChildProcess; ended: Promise<Run> } {
    return startImport([...args, "--url", this.server.url], { env: { EDGEDESK_KEY: KEY }, cwd });
  }

  run(args: readonly string[], cwd?: string): Promise<Run> {
    return this.start(args, cwd).ended;
  }

  /** Fulfilled when the server has read so many requests for imports. */
  requests(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.server.onImport = () => this.server.bodies.length >= count && resolve();
    });
  }
}

/** `count` tickets, named t1, t2, …, one a line. */
export function tickets(count: number): string {
  return Array.from({ length: count }, (_, index) => `${JSON.stringify({ external_id: `t${index + 1}` })}\n`).join("");
}

/** The objects in a .jsonl file. */
export function objectsIn(path: string): unknown[] {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line): unknown => JSON.parse(line));
}
