import type { ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { type Run, startScript } from "../run-script.ts";
import { KEY, StandInServer } from "./stand-in-server.ts";

/** A server to operate. */
export class Stage {
  readonly server = new StandInServer();

  async open(): Promise<this> {
    await this.server.open();
    return this;
  }

  close(): void {
    this.server.close();
  }

  start(...args: readonly string[]): { child: ChildProcess; ended: Promise<Run> } {
    const options = { env: { EDGEDESK_KEY: KEY }, cwd: tmpdir() };
    return startScript("projections.ts", [...args, "--url", this.server.url], options);
  }

  run(...args: readonly string[]): Promise<Run> {
    return this.start(...args).ended;
  }

  /** Fulfilled when the server is asked this for the nth time. */
  asked(request: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      this.server.onRequest = () => {
        if (this.server.requests.filter((other) => other === request).length >= times) resolve();
      };
    });
  }
}

/** The events that `--json` left on stdout. */
export function eventsIn({ stdout }: Run): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
