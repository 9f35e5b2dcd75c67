import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readReport } from "../local/migrations.ts";
import { Failure } from "../local/run.ts";
import type { Wrangler } from "./wrangler.ts";

/** A line of the file that wrangler writes for programs (`WRANGLER_OUTPUT_FILE_PATH`). */
const OutputEntry = z.object({
  type: z.string(),
  targets: z.array(z.string()).nullish(),
  bundle_size: z.object({ raw_bytes: z.number(), gzip_bytes: z.number() }).nullish(),
});

/** The result of a deployment. */
export interface Release {
  /** The URL of the Worker; undefined if it has only routes with wildcards. */
  readonly url: URL | undefined;
  readonly gzippedBytes: number | undefined;
}

/**
 * Applies the migrations that the database lacks.
 *
 * @returns their names.
 */
export async function migrate(wrangler: Wrangler, binding: string): Promise<readonly string[]> {
  const result = await wrangler(["d1", "migrations", "apply", binding, "--remote"]);
  const report = readReport(result.output);
  if (result.ok) return report.applied;
  throw new Failure(`${report.broken === undefined ? "" : `${report.broken}: `}${result.reason}`);
}

/**
 * Bundles and deploys the Worker; with `dryRun`, only bundles it.
 *
 * @param folder a private folder, for wrangler's report.
 * @param secretsFile the secrets of this version; all others are inherited from the version before.
 */
export async function release(
  wrangler: Wrangler,
  folder: string,
  options: { readonly secretsFile?: string; readonly dryRun?: boolean } = {},
): Promise<Release> {
  const report = join(folder, "wrangler.ndjson");
  const args = ["deploy", "--minify"];
  if (options.dryRun) args.push("--dry-run");
  if (options.secretsFile !== undefined) args.push("--secrets-file", options.secretsFile);
  const result = await wrangler(args, { WRANGLER_OUTPUT_FILE_PATH: report });
  if (!result.ok) throw new Failure(explained(result.reason));
  const entry = readEntries(report).findLast(({ type }) => type === "deploy");
  return { url: addressIn(entry?.targets ?? []), gzippedBytes: entry?.bundle_size?.gzip_bytes };
}

function readEntries(file: string): z.infer<typeof OutputEntry>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter(Boolean).flatMap((line) => OutputEntry.safeParse(JSON.parse(line)).data ?? []);
}

/**
 * Finds the first target that is a URL. The others are "schedule: …", "Producer for …" and "Consumer for …", and a custom domain is
 * followed by a remark (wrangler's `triggersDeploy` and `renderRoute`).
 */
export function addressIn(targets: readonly string[]): URL | undefined {
  for (const target of targets) {
    const bare = target.replace(/ \(.*\)$/u, "").replace(/\/\*$/u, "");
    if (/^(?:https?:\/\/)?[\w.-]+\.[\w-]+(?::\d+)?(?:\/[^\s*]*)?$/u.test(bare)) {
      return new URL(bare.includes("://") ? bare : `https://${bare}`);
    }
  }
  return undefined;
}

/** An account without a Worker has no workers.dev subdomain, and wrangler creates one only in a terminal. */
function explained(reason: string): string {
  const page = /https:\/\/dash\.cloudflare\.com\/\w+\/workers\/onboarding/u.exec(reason)?.[0];
  if (page === undefined) return reason;
  return `this account has no workers.dev subdomain: choose one at ${page} (once for all Workers)`;
}
