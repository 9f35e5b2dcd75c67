import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import { placeOf, rowAt } from "../../search/place.ts";
import { type Projection, refsJson, type SearchTable, type TicketRef, ticketRefs } from "../core/projection.ts";
import type { Drift } from "./drift.ts";

/** A read table with its search tables. */
type Searched = Pick<Projection, "table" | "search">;

/** SQL condition for a row that has a search entry. */
function hasEntry({ time, columns }: SearchTable): string {
  return [time, ...Object.values(columns)].map((column) => `row.${column} IS NOT NULL`).join(" AND ");
}

function place({ time }: SearchTable): string {
  return placeOf(`row.${time}`, "row.n");
}

/** A row with wrong search entries. */
export interface WrongEntry extends TicketRef {
  /** Names of the search tables, separated by spaces. */
  readonly tables: string;
}

/** Selects rows after a position that lack a search entry, or have a wrong one. */
export function wrongEntries(
  { table, search }: Searched,
  { workspace_id, ticket_id }: TicketRef,
  rows: number,
): Statement<WrongEntry> {
  const wrong = search.map(
    (one) => `iif(${hasEntry(one)} AND NOT EXISTS (
    SELECT 1 FROM ${one.name}
    WHERE ${one.name} MATCH '"' || replace(${one.mark}, '"', '""') || '"' AND rowid = ${place(one)}), '${one.name} ', '')`,
  );
  return statement<WrongEntry>(
    `SELECT * FROM (SELECT row.workspace_id, row.id AS ticket_id, ${["''", ...wrong].join(" || ")} AS tables FROM (
       SELECT * FROM ${getTableName(table)} WHERE (workspace_id, id) > (?1, ?2) ORDER BY workspace_id, id LIMIT ?3) AS row)
     WHERE tables <> ''`,
    workspace_id,
    ticket_id,
    rows,
  );
}

/** What an audit says of it. */
export function entryDrift({ workspace_id, ticket_id, tables }: WrongEntry): Drift {
  return { kind: "search", workspace_id, ticket_id, detail: tables.trim().replaceAll(" ", ", ") };
}

/** Rewrites the search entries of rows. The rows count as changed, so that cached lists without them become stale. */
export function rewriteEntries({ table, search }: Searched, refs: readonly TicketRef[]): Statement[] {
  if (refs.length === 0) return [];
  const json = refsJson(refs);
  const touched = statement(
    `UPDATE ${getTableName(table)} SET version = version WHERE (workspace_id, id) IN (${ticketRefs([]).sql})`,
    json,
  );
  const mended = search.flatMap((one) => {
    const rows = `FROM (${ticketRefs([]).sql}) AS ref CROSS JOIN ${getTableName(table)} AS row
      ON row.workspace_id = ref.workspace_id AND row.id = ref.ticket_id WHERE ${hasEntry(one)}`;
    const columns = Object.keys(one.columns).join(", ");
    const values = Object.values(one.columns).map((column) => `row.${column}`);
    return [
      statement(`DELETE FROM ${one.name} WHERE rowid IN (SELECT ${place(one)} ${rows})`, json),
      statement(`INSERT INTO ${one.name} (rowid, ${columns}) SELECT ${place(one)}, ${values.join(", ")} ${rows}`, json),
    ];
  });
  return [...mended, touched];
}

/** Number of entries without a row in one search table. */
export interface StrayEntries {
  readonly name: string;
  readonly count: number;
}

function strays(table: Searched["table"], one: SearchTable): string {
  return `SELECT entry.rowid FROM ${one.name} AS entry WHERE NOT EXISTS (
    SELECT 1 FROM ${getTableName(table)} AS row
    WHERE row.n = ${rowAt("entry.rowid")} AND ${hasEntry(one)} AND ${place(one)} = entry.rowid)`;
}

/** Counts the entries without a row in each search table. Scans all entries. */
export function strayEntries({ table, search }: Searched): Statement<StrayEntries> {
  const counts = search.map((one) => `SELECT '${one.name}' AS name, count(*) AS count FROM (${strays(table, one)})`);
  return statement<StrayEntries>(
    `SELECT name, count FROM (${counts.join(" UNION ALL ") || "SELECT '' AS name, 0 AS count"}) WHERE count > 0`,
  );
}

/** What an audit says of it. */
export function strayDrift({ name, count }: StrayEntries): Drift {
  return { kind: "search", workspace_id: "", ticket_id: null, detail: `${name} has ${count} without a row` };
}

/** Deletes all entries without a row. */
export function deleteStrayEntries({ table, search }: Searched): Statement[] {
  return search.map((one) => statement(`DELETE FROM ${one.name} WHERE rowid IN (${strays(table, one)})`));
}
