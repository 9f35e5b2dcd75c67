import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../db/database.ts";
import type { Projection } from "./projection.ts";

/** How much of the read model there is. */
export interface Extent {
  /** Whether lists may be answered. */
  readonly complete: 0 | 1;
  readonly tickets: number;
  /** Rows, as the counters say. */
  readonly rows: number;
  /** Whether there are fewer rows than tickets, and not because these are in the backlog. */
  readonly lacks_rows: 0 | 1;
}

/** Rows, as the counters say: each row counts once in each field. */
function rowsCounted({ counted: [field] }: Pick<Projection, "counted">): string {
  return `(SELECT coalesce(sum(count), 0) FROM read_counts WHERE field = '${field}')`;
}

/**
 * Tickets that have no row yet, and are in the backlog for it: since their first event, or where that is lost. An entry that
 * begins later was made when there was a row, and does not know that it is gone. It costs a few rows for each that is in the
 * backlog.
 */
function waitingForFirstRow(table: string): string {
  return `(SELECT count(*) FROM projection_backlog AS behind LEFT JOIN ticket_events AS event
      ON event.workspace_id = behind.workspace_id AND event.ticket_id = behind.ticket_id AND event.version = 1
    WHERE (event.seq IS NULL OR behind.first_seq <= event.seq) AND NOT EXISTS (
      SELECT 1 FROM ${table} AS row WHERE row.workspace_id = behind.workspace_id AND row.id = behind.ticket_id))`;
}

/** With more tickets than this in the backlog, nobody looks whether the rows that there are not are on their way. */
const MOST_LOOKED_AT = 100;

/** Reads the extent, by the counters: a few rows, however many tickets there are. */
export function extent(projection: Pick<Projection, "table" | "counted">): Statement<Extent> {
  const rows = rowsCounted(projection);
  return statement<Extent>(
    `SELECT complete, tickets, ${rows} AS rows,
       CASE WHEN ${rows} >= tickets OR EXISTS (SELECT 1 FROM projection_backlog LIMIT 1 OFFSET ?1) THEN 0
         ELSE ${rows} + ${waitingForFirstRow(getTableName(projection.table))} < tickets END AS lacks_rows
     FROM db_clock`,
    MOST_LOOKED_AT,
  );
}

/**
 * Looks whether each ticket has a row, or is in the backlog for want of one, and calls the read model complete accordingly.
 * It counts, and so goes through all tickets and rows.
 */
export function judgeCompleteness({ table }: Pick<Projection, "table">): Statement {
  const name = getTableName(table);
  return statement(
    `INSERT INTO read_state (id, complete)
     SELECT 1, (SELECT count(*) FROM ${name}) + ${waitingForFirstRow(name)} >= (SELECT count(*) FROM tickets)
     WHERE true ON CONFLICT (id) DO UPDATE SET complete = excluded.complete`,
  );
}

/** A counter that is wrong, and by how much. */
export interface WrongCount {
  readonly workspace_id: string;
  readonly field: string;
  readonly value: string;
  readonly counted: number;
  readonly actual: number;
}

/** What the counters ought to be. */
function truth({ table, counted }: Pick<Projection, "table" | "counted">): string {
  const counts = counted.map(
    (column) => `SELECT workspace_id, '${column}' AS field, ${column} AS value, count(*) AS count
      FROM ${getTableName(table)} WHERE true GROUP BY workspace_id, ${column}`,
  );
  return counts.join(" UNION ALL ");
}

/** Compares the counters with the rows. */
export function wrongCounts(projection: Pick<Projection, "table" | "counted">): Statement<WrongCount> {
  return statement<WrongCount>(
    `SELECT coalesce(counts.workspace_id, truth.workspace_id) AS workspace_id, coalesce(counts.field, truth.field) AS field,
       coalesce(counts.value, truth.value) AS value, coalesce(counts.count, 0) AS counted, coalesce(truth.count, 0) AS actual
     FROM (${truth(projection)}) AS truth FULL JOIN read_counts AS counts
       ON counts.workspace_id = truth.workspace_id AND counts.field = truth.field AND counts.value = truth.value
     WHERE coalesce(counts.count, 0) <> coalesce(truth.count, 0)`,
  );
}

/** Puts the counters right, and the number of tickets. */
export function recount(projection: Pick<Projection, "table" | "counted">): [Statement, Statement, Statement] {
  return [
    statement(
      "DELETE FROM read_counts WHERE field NOT IN (SELECT value FROM json_each(?1))",
      JSON.stringify(projection.counted),
    ),
    statement(
      `INSERT INTO read_counts (workspace_id, field, value, count)
       SELECT workspace_id, field, value, actual FROM (${wrongCounts(projection).sql}) WHERE true
       ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = excluded.count`,
    ),
    statement("UPDATE db_clock SET tickets = (SELECT count(*) FROM tickets)"),
  ];
}
