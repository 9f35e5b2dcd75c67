import { env } from "cloudflare:workers";

/** A row of any table: its columns as text, and as the bytes that they are. */
export interface Kept {
  readonly table: string;
  readonly text: string;
  readonly hex: string;
}

/** All that the database holds: every column of every table, those that full-text search makes for itself included. */
export async function everything(): Promise<Kept[]> {
  const { results: tables } = await env.DB.prepare(
    "SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow') AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
  ).all<{ name: string }>();
  const rows: Kept[] = [];
  for (const { name } of tables) {
    const columns = await env.DB.prepare("SELECT name FROM pragma_table_info(?1)").bind(name).all<{ name: string }>();
    const joined = (as: (column: string) => string) =>
      columns.results.map((column) => as(`"${column.name}"`)).join(" || char(10) || ");
    const { results } = await env.DB.prepare(
      `SELECT '${name}' AS "table", ${joined((column) => `coalesce(CAST(${column} AS TEXT), '')`)} AS text,
         ${joined((column) => `hex(coalesce(${column}, ''))`)} AS hex FROM "${name}"`,
    ).all<Kept>();
    rows.push(...results);
  }
  return rows;
}

/**
 * The tables that hold a word: as text, or within a blob, also in lower case. A search index writes of a word only what the one before
 * it has not: there, ask for the end of a word.
 */
export function tablesWith(rows: readonly Kept[], word: string): string[] {
  const forms = [bytesOf(word), bytesOf(word.toLowerCase())];
  const found = rows.filter(({ text, hex }) => text.includes(word) || forms.some((form) => hex.includes(form)));
  return [...new Set(found.map(({ table }) => table))];
}

function bytesOf(word: string): string {
  const bytes = [...new TextEncoder().encode(word)].map((byte) => byte.toString(16).padStart(2, "0"));
  return bytes.join("").toUpperCase();
}
