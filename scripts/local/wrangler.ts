import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startGroup } from "./process-groups.ts";
import { Failure } from "./run.ts";
import { projectRoot } from "./settings.ts";

const wranglerScript = join(projectRoot, "node_modules", "wrangler", "bin", "wrangler.js");

/** @throws Failure if the dependencies are not installed. */
export function assertInstalled(): void {
  if (!existsSync(wranglerScript)) throw new Failure("wrangler is not installed: run `npm ci` first");
}

/** Starts wrangler in the project's folder and in its own process group, without a terminal. */
export function startWrangler(args: readonly string[]): ChildProcess {
  return startGroup(process.execPath, [wranglerScript, ...args], projectRoot, {
    // No usage statistics, unless the user allows them.
    WRANGLER_SEND_METRICS: "false",
    ...process.env,
    // The banner looks up newer versions; the version of the lockfile is tested.
    WRANGLER_HIDE_BANNER: "true",
    // `request.cf` is not used: no example of it is fetched from the internet.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // The output is parsed here, at this level.
    WRANGLER_LOG: "log",
    FORCE_COLOR: hasColours() ? "1" : "0",
  });
}

/** Tells whether stdout may have colours; respects `NO_COLOR`. */
export function hasColours(): boolean {
  return process.stdout.isTTY && process.stdout.hasColors();
}
