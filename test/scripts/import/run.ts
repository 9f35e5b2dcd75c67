import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Run, startScript } from "../run-script.ts";
import { KEY, StandInServer } from "./stand-in-server.ts";

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
    return startScript("import.ts", [...args, "--url", this.server.url], { env: { EDGEDESK_KEY: KEY }, cwd });
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
