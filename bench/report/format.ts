import type { System } from "../figures.ts";

/** What readers call the systems. */
export const SYSTEMS: Readonly<Record<System, string>> = {
  edgedesk: "Edgedesk",
  inline: "Edgedesk, inline projection",
  "compute-on-read": "compute-on-read",
  node: "Node and SQLite",
  sqlite: "SQLite alone",
  emmett: "Emmett",
};

/** Ends of names that are units, and how readers see them; the first that fits. */
const UNITS: readonly (readonly [string, string])[] = [
  ["_per_second", " a second"],
  ["_per_s", " a second"],
  ["_ms", ", ms"],
  ["_us", ", µs"],
  ["_bytes", ", bytes"],
  ["_usd", ", $"],
  ["_s", ", s"],
];
const ABBREVIATIONS = /\b(?:sql|cpu|d1|select)\b/gu;

/** The heading of a value: "sql_ms" is "SQL, ms", "of_floor" "× floor". */
export function heading(name: string): string {
  const [end, unit] = UNITS.find(([one]) => name.endsWith(one)) ?? ["", ""];
  const words = `${name.slice(0, name.length - end.length).replace(/(^|_)of_/u, "$1× ")}`
    .replaceAll("_", " ")
    .replace(/\bp999\b/u, "p99.9");
  return `${words.replace(ABBREVIATIONS, (word) => word.toUpperCase())}${unit}`;
}

/** A value as a table has it: whole numbers in full, others with three digits that count. */
export function cell(value: number | null | undefined): string {
  if (value === undefined) return "";
  if (value === null || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** 10000 → "10 k", 1000000 → "1 M". */
export function shortly(tickets: number): string {
  if (tickets >= 1_000_000) return `${tickets / 1_000_000} M`;
  return tickets >= 1_000 ? `${tickets / 1_000} k` : String(tickets);
}

/** A text that may stand in a cell, where "|" would end it. */
export function plain(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
