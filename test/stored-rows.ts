import { MAX_VALUE_BYTES } from "./platform-limits.ts";

/** Tables, and FTS5's own, whose rows are blobs of an index. */
const TABLES = `SELECT name, (SELECT group_concat('coalesce(octet_length("' || name || '"), 0)', ' + ') FROM pragma_table_info(list.name)) AS bytes
  FROM pragma_table_list AS list WHERE type IN ('table', 'shadow') AND schema = 'main' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'`;

/**
 * Looks for a stored row that is larger than production allows. It reads all rows of all tables.
 *
 * @returns the error that production would have given in its place
 */
export async function oversizedRow(database: D1Database): Promise<string | undefined> {
  const { results: tables } = await database.prepare(TABLES).all<{ name: string; bytes: string }>();
  const largest = await database.batch<{ bytes: number | null }>(
    tables.map(({ name, bytes }) => database.prepare(`SELECT max(${bytes}) AS bytes FROM "${name}"`)),
  );
  const index = largest.findIndex(({ results: [row] }) => (row?.bytes ?? 0) > MAX_VALUE_BYTES);
  return index < 0 ? undefined : `string or blob too big: SQLITE_TOOBIG (a row of ${tables[index]?.name})`;
}
