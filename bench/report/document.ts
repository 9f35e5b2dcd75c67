import { Failure } from "../../scripts/local/run.ts";

/** `<!-- table:lists -->` … `<!-- end -->`: what stands between is written by the bench. */
const BLOCK = /<!-- (table|plots)(?::([a-z-]+))? -->\n.*?<!-- end -->/gsu;
/** `<!-- figure:lists -->23<!-- end -->`: a figure that stands in that table of the document. */
const CLAIM = /<!-- figure:([a-z-]+) -->(.+?)<!-- end -->/gu;

/** Writes tables and plots into the blocks of a document; one without a table becomes empty. */
export function withTables(document: string, tables: ReadonlyMap<string, string>, plots: string): string {
  return document.replace(BLOCK, (_, kind: string, name: string | undefined) => {
    const content = kind === "plots" ? plots : (tables.get(name ?? "") ?? "");
    const opening = name === undefined ? kind : `${kind}:${name}`;
    return content === "" ? `<!-- ${opening} -->\n<!-- end -->` : `<!-- ${opening} -->\n${content}\n<!-- end -->`;
  });
}

/** The names of the tables that documents have a place for. */
export function placesOf(documents: readonly string[]): ReadonlySet<string> {
  const names = documents.flatMap((document) => [...document.matchAll(BLOCK)].map(([, , name]) => name));
  return new Set(names.filter((name) => name !== undefined));
}

/** The figures that a document claims, each with the table that it names. */
export function claimsOf(document: string): { readonly table: string; readonly text: string }[] {
  return [...document.matchAll(CLAIM)].map(([, table = "", text = ""]) => ({ table, text: text.trim() }));
}

/** Whether a figure stands in a table of a document, as a whole cell. */
export function standsIn(document: string, table: string, text: string): boolean {
  const block = [...document.matchAll(BLOCK)].find(([, kind, name]) => kind === "table" && name === table)?.[0];
  if (block === undefined) return false;
  const cells = block
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => line.split("|"));
  return cells.some((cell) => cell.trim() === text);
}

/** @throws Failure where a table has no place in any document: it would be lost without a word */
export function insistOnPlaces(tables: ReadonlyMap<string, string>, documents: readonly string[]): void {
  const places = placesOf(documents);
  const lost = [...tables.keys()].filter((name) => !places.has(name));
  if (lost.length > 0) throw new Failure(`No document has a place for: ${lost.join(", ")}`);
}
