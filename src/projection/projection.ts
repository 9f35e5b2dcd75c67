import { getTableColumns } from "drizzle-orm";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Statement, statement } from "../db/database.ts";

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
  /** The columns whose values are counted in `read_counts`, by triggers on the read table; none of them is ever null. */
  readonly counted: readonly [string, ...string[]];
  /** The read table: its columns are what is written. It has `projector` besides the row's own. */
  readonly table: SQLiteTable;
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
export function named(tickets: readonly TicketRef[]): Statement<TicketRef> {
  return statement<TicketRef>(NAMED, refsJson(tickets));
}

const NAMED = "SELECT value ->> 'workspace_id' AS workspace_id, value ->> 'ticket_id' AS ticket_id FROM json_each(?1)";

/** The columns of a read table that show something, beside its key, its version and its projector. */
export function contentColumns({ table }: Pick<Projection, "table">): string[] {
  const columns = Object.values(getTableColumns(table)).map((column) => column.name);
  return columns.filter((column) => !["workspace_id", "id", "version", "projector"].includes(column));
}

/**
 * Makes the statement that writes rows. It changes only what is older than, or differs from, what it brings: duplicates and
 * late-comers write nothing, and of two projectors the higher number wins.
 */
export function rowWriter(projection: Projection): (rows: readonly Projected[]) => Statement {
  const { table, projector } = projection;
  const { name } = getTableConfig(table);
  const content = contentColumns(projection);
  const columns = ["workspace_id", "id", "version", "projector", ...content];
  const set = ["version", "projector", ...content].map((column) => `${column} = excluded.${column}`);
  const sql = `
INSERT INTO ${name} (${columns.join(", ")})
SELECT ${columns.map((column) => `value ->> '${column}'`).join(", ")} FROM json_each(?1) WHERE true
ON CONFLICT (workspace_id, id) DO UPDATE SET ${set.join(", ")}
WHERE excluded.version > ${name}.version OR (excluded.version = ${name}.version AND (
  excluded.projector > ${name}.projector OR (excluded.projector = ${name}.projector AND
    (${content.map((column) => `excluded.${column}`).join(", ")}) IS DISTINCT FROM
    (${content.map((column) => `${name}.${column}`).join(", ")}))))`;
  return (rows) => statement(sql, JSON.stringify(rows.map((row) => ({ ...row, projector }))));
}
