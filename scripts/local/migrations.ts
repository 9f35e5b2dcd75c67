import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { makeFolder } from "./data-lock.ts";
import { ended } from "./process-groups.ts";
import { Failure } from "./run.ts";
import { projectRoot } from "./settings.ts";
import { startWrangler } from "./wrangler.ts";

/** It usually takes seconds; a database that another program locks, or a broken disk, can block it for ever. */
const LIMIT_MS = 120_000;

/**
 * Applies missing migrations to the local database.
 *
 * @returns the names of the applied migrations; none if the database was up to date.
 * @throws Failure with wrangler's reason, and the name of the failed migration.
 */
export async function migrateLocally(folder: string): Promise<readonly string[]> {
  makeFolder(resolve(projectRoot, folder));
  const wrangler = startWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", folder]);
  let output = "";
  for (const stream of [wrangler.stdout, wrangler.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const tooLong = pause(LIMIT_MS, { ok: false, how: `no end after ${LIMIT_MS / 1_000} seconds` }, { ref: false });
  const end = await Promise.race([ended(wrangler), tooLong]);
  const report = readReport(output);
  if (end.ok) return report.applied;
  const what = report.broken === undefined ? "The migrations" : `Migration ${report.broken}`;
  throw new Failure(`${what} failed: ${report.reason || end.how}`);
}

/**
 * Parses wrangler's output. It prints a table of all names, then after each migration a table with a mark beside those that are
 * done; a failed one has no mark.
 */
export function readReport(output: string): {
  readonly applied: readonly string[];
  readonly broken: string | undefined;
  readonly reason: string;
} {
  const text = stripVTControlCharacters(output);
  const applied = new Set<string>();
  const named = new Set<string>();
  for (const [, name = "", status = ""] of text.matchAll(/^│ (\S+\.sql) +│(.*)/gmu)) {
    named.add(name);
    if (status.includes("✅")) applied.add(name);
  }
  const reasons = [...text.matchAll(/\[ERROR\] (.*)/gu)].map(([, reason]) => reason);
  const broken = [...named].find((name) => !applied.has(name));
  return { applied: [...applied], broken, reason: reasons.join(" ") };
}
