import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ended, startGroup } from "../../scripts/local/process-groups.ts";
import { Failure, oneLine } from "../../scripts/local/run.ts";

/** The project's folder. */
export const PROJECT = join(import.meta.dirname, "../..");

/** The Worker with the bench's own routes. `src/index.ts` is the one that is deployed. */
export const BENCH_ENTRY = "bench/worker/index.ts";

/** The competitor that computes lists when they are read. */
export const COMPUTE_ON_READ_ENTRY = "bench/compute-on-read/worker.ts";

/** A Worker as wrangler would deploy it: one minified module. */
export interface Build {
  readonly script: string;
  readonly bytes: number;
  readonly gzippedBytes: number;
}

/**
 * Builds a Worker as a deployment does.
 *
 * @param entry relative to the project
 * @param folder is emptied
 */
export async function buildWorker(entry: string, folder: string): Promise<Build> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wrangler = join(PROJECT, "node_modules/wrangler/bin/wrangler.js");
  const args = ["deploy", entry, "--dry-run", "--minify", "--outdir", folder];
  const child = startGroup(process.execPath, [wrangler, ...args], PROJECT, QUIET);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const { ok, how } = await ended(child);
  if (!ok) throw new Failure(`The Worker cannot be built (${how}): ${oneLine(output.slice(-2_000))}`);
  const [script, ...others] = readdirSync(folder).filter((name) => name.endsWith(".js"));
  if (script === undefined || others.length > 0) throw new Failure("The Worker was not built to one module");
  const code = readFileSync(join(folder, script));
  return { script: join(folder, script), bytes: code.length, gzippedBytes: gzipSync(code).length };
}

const QUIET = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG: "log",
  NO_COLOR: "1",
  FORCE_COLOR: "0",
};
