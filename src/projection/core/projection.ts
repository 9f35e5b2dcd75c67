import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Statement, statement } from "../../platform/database.ts";
import { ELEMENTS } from "../../platform/parameters.ts";

/**
 * A full-text table beside a read table. It has one entry for each row with a non-null sort time. Triggers on the
 * read table maintain it.
 */
export interface SearchTable {
  readonly name: string;
  /** The read-table column that orders the entries. */
  readonly time: string;
  /** Columns of the search table, each with its read-table column. */
  readonly columns: Readonly<Record<string, string>>;
  /** SQL for a word of `row` that only its own, correct entry contains. */
  readonly mark: string;
}

/** Identifies a ticket. */
export interface TicketRef {
  readonly workspace_id: string;
  readonly ticket_id: string;
}

/** Fields that every source and every row has. */
export interface Projected {
  readonly workspace_id: string;
  readonly id: string;
  /** The ticket's version that the row shows. */
  readonly version: number;
}

/**
 * Computes the rows of one read table from the source tables. The contract is one row for each ticket: the engine
 * reads `tickets` and `ticket_events` for ids and versions, and leaves all other columns to the projection.
 */
export interface Projection<Source extends Projected = Projected, Row extends Projected = Projected> {
  /** Version of the projector. Must grow with every change of the projected columns, including a rollback. */
  readonly projector: number;
  /**
   * Columns added or redefined after the first projector, each with the projector that did so. A list that filters by
   * such a column is unavailable until no row of an older projector is left.
   */
  readonly since: Readonly<Record<string, number>>;
  /**
   * SQL expressions on a row's columns, each with values of its own. Triggers count the rows of each value in a cell
   * of `read_tallies`.
   */
  readonly counted: readonly string[];
  /** The read table. Its columns are the row's fields and `projector`. */
  readonly table: SQLiteTable;
  /**
   * Order of the writes in a batch: the order of the search tables, for most entries. An entry with a lower rowid
   * than the previous one makes FTS5 flush its buffer, and merge it later.
   */
  compare(one: Row, other: Row): number;
  /** Search tables that triggers on the read table maintain. */
  readonly search: readonly SearchTable[];
  /** Columns with personal data, each with its value after an erasure. */
  readonly personal: Readonly<Record<string, string | null>>;
  /** Maximum search text of one D1 call, in characters. No row has more. */
  readonly maxText: number;
  /** SQL for the bytes of text that {@link load} reads for `ref`, computed from stored lengths. */
  readonly textSize: string;
  /** Reads the sources of the given tickets, in one statement. */
  load(refs: Statement<TicketRef>): Statement<Source>;
  /** Computes the row. Pure: equal sources give equal rows. */
  project(source: Source): Row;
}

/** The ticket and version of a row. */
export function versionOf({ workspace_id, id, version }: Projected): TicketRef & { readonly version: number } {
  return { workspace_id, ticket_id: id, version };
}

/** Map key of a ticket. */
export function keyOf({ workspace_id, ticket_id }: TicketRef): string {
  return JSON.stringify([workspace_id, ticket_id]);
}

/** JSON array of tickets, as a parameter for `json_each`. */
export function refsJson(tickets: readonly TicketRef[]): string {
  return JSON.stringify(tickets.map(({ workspace_id, ticket_id }) => ({ workspace_id, ticket_id })));
}

/** Selects the given tickets, for {@link Projection.load}. */
export function ticketRefs(tickets: readonly TicketRef[]): Statement<TicketRef> {
  return statement<TicketRef>(TICKET_REFS, refsJson(tickets));
}

const TICKET_REFS =
  "SELECT value ->> 'workspace_id' AS workspace_id, value ->> 'ticket_id' AS ticket_id FROM json_each(?1)";

/** Columns of a read table except its keys, version and projector. */
export function contentColumns({ table }: Pick<Projection, "table">): string[] {
  // Skips the rowid.
  const columns = Object.values(getTableColumns(table)).filter((column) => !column.primary);
  return columns
    .map((column) => column.name)
    .filter((column) => !["workspace_id", "id", "version", "projector"].includes(column));
}

/** Maximum JSON of one statement, in UTF-16 units. D1 accepts 2 MB of UTF-8, at most three bytes for each unit. */
const MAX_JSON_LENGTH = 600_000;

/**
 * Creates the statements that upsert rows: two, unless the rows are long. A row is written only if it is newer than
 * the stored row, or differs from it, so duplicates and late messages are no-ops. Of two projectors the higher
 * version wins. A row from before the ticket's erasure is never written: a worker may have read the source before the
 * erasure.
 *
 * A separate statement writes `projector` first if it differs, because an `UPDATE` writes the index entries of all
 * columns that it names, changed or not.
 */
export function rowWriter(projection: Projection): (rows: readonly Projected[]) => Statement[] {
  const { table, projector } = projection;
  const name = getTableName(table);
  const content = contentColumns(projection);
  const columns = ["workspace_id", "id", "version", "projector", ...content];
  const set = ["version", ...content].map((column) => `${column} = excluded.${column}`);
  const isNotErased = `NOT EXISTS (
  SELECT 1 FROM tickets AS erased INDEXED BY tickets_erased
  WHERE erased.workspace_id = row.value ->> 'workspace_id' AND erased.id = row.value ->> 'id'
    AND erased.erased_at IS NOT NULL AND erased.version > row.value ->> 'version')`;
  const takeOver = `
UPDATE ${name} SET projector = row.value ->> 'projector' FROM json_each(?1) AS row
WHERE ${name}.workspace_id = row.value ->> 'workspace_id' AND ${name}.id = row.value ->> 'id'
  AND ${name}.projector <> row.value ->> 'projector' AND (row.value ->> 'version' > ${name}.version OR (
    row.value ->> 'version' = ${name}.version AND row.value ->> 'projector' > ${name}.projector)) AND ${isNotErased}`;
  const write = `
INSERT INTO ${name} (${columns.join(", ")})
SELECT ${columns.map((column) => `value ->> '${column}'`).join(", ")} FROM ${ELEMENTS} AS row WHERE ${isNotErased}
ON CONFLICT (workspace_id, id) DO UPDATE SET ${set.join(", ")}
WHERE excluded.version > ${name}.version OR (excluded.version = ${name}.version AND excluded.projector = ${name}.projector AND
  (${content.map((column) => `excluded.${column}`).join(", ")}) IS DISTINCT FROM
  (${content.map((column) => `${name}.${column}`).join(", ")}))`;
  return (rows) =>
    arrays(inOrder(projection, rows).map((row) => JSON.stringify({ ...row, projector }))).flatMap((json) => [
      statement(takeOver, json),
      statement(write, json),
    ]);
}

function inOrder(projection: Projection, rows: readonly Projected[]): Projected[] {
  return rows.toSorted((one, other) => projection.compare(one, other));
}

/** Splits JSON values into JSON arrays, each short enough for one statement. Returns at least one array. */
function arrays(values: readonly string[]): string[] {
  const parts: string[][] = [[]];
  let length = 0;
  for (const value of values) {
    if (length > 0 && length + value.length > MAX_JSON_LENGTH) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(value);
    length += value.length;
  }
  return parts.map((part) => `[${part.join(",")}]`);
}
