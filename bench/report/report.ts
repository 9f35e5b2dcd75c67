import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../run/results.ts";
import { PROJECT } from "../runtime/build.ts";
import { insistOnPlaces, withTables } from "./document.ts";
import { draw, inWords } from "./plot.ts";
import { plotsOf } from "./plots.ts";
import { tablesOf } from "./tables.ts";

/** The documents that have tables or plots of the bench. */
export const DOCUMENTS: readonly string[] = ["docs/performance.md", "docs/figures/performance.md"];
/** Where the plots are, and the documents' way to them. */
const PLOTS = "docs/performance";
const WAY = "performance";

/** What the documents and plots of a run are, by their place in the project. */
export function reportOf(results: Results): ReadonlyMap<string, string> {
  const tables = tablesOf(results);
  const plots = plotsOf(results);
  const images = [...plots].map(([file, plot]) => `![${inWords(plot)}](${WAY}/${file})`).join("\n\n");
  const documents = DOCUMENTS.map((path): [string, string] => [path, readFileSync(join(PROJECT, path), "utf8")]);
  insistOnPlaces(
    tables,
    documents.map(([, document]) => document),
  );
  return new Map([
    ...documents.map(([path, document]): [string, string] => [path, withTables(document, tables, images)]),
    ...[...plots].map(([file, plot]): [string, string] => [`${PLOTS}/${file}`, draw(plot)]),
  ]);
}

/** Writes tables and plots, and removes plots that there are no longer; answers with what is written. */
export function writeReport(results: Results): string[] {
  const files = reportOf(results);
  const folder = join(PROJECT, PLOTS);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".svg") && !files.has(`${PLOTS}/${name}`)) rmSync(join(folder, name));
  }
  const paths = [...files].map(([path, content]) => {
    const file = join(PROJECT, path);
    writeFileSync(file, content);
    return file;
  });
  return paths;
}
