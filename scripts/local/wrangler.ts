import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startGroup } from "./process-groups.ts";
import { Failure } from "./run.ts";
import { projectRoot } from "./settings.ts";

const wranglerScript = join(projectRoot, "node_modules", "wrangler", "bin", "wrangler.js");

/** Fails with one line if the dependencies are not installed. */
export function assertInstalled(): void {
  if (!existsSync(wranglerScript)) throw new Failure("wrangler is not installed: run `npm ci` first");
}

/** Starts wrangler in the project's folder and in a process group of its own, with nobody to ask questions. */
export function startWrangler(args: readonly string[]): ChildProcess {
  return startGroup(process.execPath, [wranglerScript, ...args], projectRoot, {
    // No usage statistics without a word from the person who runs this.
    WRANGLER_SEND_METRICS: "false",
    ...process.env,
    // Its banner looks up newer versions; the one in the lockfile is the one that is tested.
    WRANGLER_HIDE_BANNER: "true",
    // Nothing here uses `request.cf`: no need to fetch an example of it from the internet.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // Its output is read here, at the level that the reading expects.
    WRANGLER_LOG: "log",
    FORCE_COLOR: hasColours() ? "1" : "0",
  });
}

/** Whether our own output may have colours; `NO_COLOR` counts. */
export function hasColours(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}
