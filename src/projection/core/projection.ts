import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Statement, statement } from "../../platform/database.ts";
import { ELEMENTS } from "../../platform/parameters.ts";

/**
 * A search table beside a read table: one entry for each row that has the time by which it is ordered. Triggers on the read table keep
 * it up to date.
 */
export interface SearchTable {
  readonly name: string;
  /** The read table's column that orders it. */
  readonly time: string;
  /** Its columns, each with the one that it is filled from. */
  readonly columns: Readonly<Record<string, string>>;
  /** SQL for a word of `row` that only its own entry has, as it ought to be. */
  readonly mark: string;
}

/** Names a ticket to the engine, which knows nothing else about it. */
export interface TicketRef {
  readonly workspace_id: string;
  readonly ticket_id: string;
}

/** What every source and every row has, whatever it shows. */
export interface Projected {
  readonly workspace_id: string;
  readonly id: string;
  /** The number of the ticket's events that the row shows. */
  readonly version: number;
}

/** How the engine gets from the source to the rows of one read table. */
export interface Projection<Source extends Projected = Projected, Row extends Projected = Projected> {
  /** Grows with every change of what is projected, also on a roll-back. */
  readonly projector: number;
  /**
   * The columns that a later projector than the first brought, or gave another meaning, each with the number of that
   * projector. A list that filters by one waits until no row of an older projector is left.
   */
  readonly since: Readonly<Record<string, number>>;
  /**
   * What is counted of a row, as expressions of its columns, none of which ever has another's value: rows of the same value are one cell of
   * `read_tallies`, by triggers.
   */
  readonly counted: readonly string[];
  /** The read table: its columns are what is written. It has `projector` besides the row's own. */
  readonly table: SQLiteTable;
  /**
   * The order in which the rows of a batch are written: that of the search tables where most of their entries stay. An entry that comes
   * before the one before it makes FTS5 write what it has so far, and merge it later.
   */
  compare(one: Row, other: Row): number;
  /** What triggers on it keep for searches. */
  readonly search: readonly SearchTable[];
  /** The columns that tell of a customer, each with what stands there when the ticket is erased. */
  readonly personal: Readonly<Record<string, string | null>>;
  /** The search text that one D1 call may load or write, in characters; one row has no more. */
  readonly maxText: number;
  /** SQL for the bytes of text that {@link load} reads for `ref`, by their lengths alone. */
  readonly textSize: string;
  /** Reads, in one statement, what {@link project} needs of each ticket that the given statement names. */
  load(refs: Statement<TicketRef>): Statement<Source>;
  /** Pure: the same source always gives the same row. */
  project(source: Source): Row;
}

/** The ticket and version that a row shows, as the backlog names them. */
export function versionOf({ workspace_id, id, version }: Projected): TicketRef & { readonly version: number } {
  return { workspace_id, ticket_id: id, version };
}

/** A ticket as a key of maps and sets. */
export function keyOf({ workspace_id, ticket_id }: TicketRef): string {
  return JSON.stringify([workspace_id, ticket_id]);
}

/** The parameter that names tickets to a statement, for `json_each`. */
export function refsJson(tickets: readonly TicketRef[]): string {
  return JSON.stringify(tickets.map(({ workspace_id, ticket_id }) => ({ workspace_id, ticket_id })));
}

/** Tickets, as the statement that names them to {@link Projection.load}. */
export function ticketRefs(tickets: readonly TicketRef[]): Statement<TicketRef> {
  return statement<TicketRef>(TICKET_REFS, refsJson(tickets));
}

const TICKET_REFS =
  "SELECT value ->> 'workspace_id' AS workspace_id, value ->> 'ticket_id' AS ticket_id FROM json_each(?1)";

/** The columns of a read table that show something, beside its key, its version and its projector. */
export function contentColumns({ table }: Pick<Projection, "table">): string[] {
  // A number that SQLite gives the row shows nothing.
  const columns = Object.values(getTableColumns(table)).filter((column) => !column.primary);
  return columns
    .map((column) => column.name)
    .filter((column) => !["workspace_id", "id", "version", "projector"].includes(column));
}

/** The rows that one statement writes, in UTF-16 units of their JSON: D1 takes 2 MB of UTF-8, which has at most three bytes for each. */
const MAX_JSON_LENGTH = 600_000;

/**
 * Makes the statements that write rows: two, unless they are long. They change only what is older than, or differs from, what they
 * bring: duplicates and late-comers write nothing, and of two projectors the higher number wins. Nor do they write what a ticket was
 * before its erasure: who read it then may come to write it only now.
 *
 * The number of the projector goes before the rest, where it differs: an `UPDATE` writes the entries of an index whose columns it
 * names, whether they change or not.
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

/** JSON values as JSON arrays of them, none too long for one statement; at least one. */
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
