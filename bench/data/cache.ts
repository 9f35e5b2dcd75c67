import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { COMPUTE_ON_READ_SCHEMA } from "./fill-compute-on-read.ts";
import { MIGRATIONS } from "./fill-edgedesk.ts";
import type { Kind } from "./fill-worker.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** Where filled files are kept, and what is made beside them. */
export const CACHE = join(PROJECT, "bench/.cache");

/** All that decides what is in a filled file. */
const SOURCES = [
  "src/commands",
  "src/projection",
  "src/search",
  "src/domain/erased.ts",
  "src/platform/database.ts",
  "src/platform/parameters.ts",
  "src/platform/sealed.ts",
  "src/platform/tables",
  "bench/data",
];

/** What is among them and decides nothing. */
const OTHERS = ["cache.ts", "fill.ts", "fill-progress.ts", "fill-worker.ts"].map((name) => join("bench/data", name));

/** A file that is filled, or is to be. */
export interface FilledFile {
  readonly kind: Kind;
  readonly tickets: number;
  readonly path: string;
}

/** The place of a file of a kind and size: another one whenever it would be filled otherwise. */
export function cached(kind: Kind, tickets: number, folder = CACHE): FilledFile {
  return { kind, tickets, path: join(folder, `${kind}-${tickets}-${digest()}.sqlite`) };
}

/** Whether it is there, whole. */
export function isFilled({ path }: FilledFile): boolean {
  return existsSync(path);
}

/** Where a file is filled: only a whole one gets its name. */
export function underWork({ path }: FilledFile): string {
  mkdirSync(join(path, ".."), { recursive: true });
  return `${path}.part`;
}

/** Gives a file that is filled its name, and removes those that stood in its place before the sources changed. */
export function keep(file: FilledFile): void {
  const folder = join(file.path, "..");
  const sameButOlder = new RegExp(`^${file.kind}-${file.tickets}-[0-9a-f]+\\.sqlite`, "u");
  renameSync(underWork(file), file.path);
  for (const name of readdirSync(folder)) {
    if (sameButOlder.test(name) && join(folder, name) !== file.path) rmSync(join(folder, name), { force: true });
  }
}

/** Removes a file: somebody has written to it. */
export function forget({ path }: FilledFile): void {
  rmSync(path, { force: true });
}

let known: string | undefined;

function digest(): string {
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  const files = [...SOURCES.map((source) => join(PROJECT, source)), MIGRATIONS, COMPUTE_ON_READ_SCHEMA].flatMap(
    filesIn,
  );
  for (const file of files) {
    const name = relative(PROJECT, file);
    if (!OTHERS.includes(name)) hash.update(`${name}\n`).update(readFileSync(file)).update("\n");
  }
  known = hash.digest("hex").slice(0, 12);
  return known;
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted();
  return names.map((name) => join(path, name)).filter((file) => statSync(file).isFile());
}
