import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import type { Projection } from "../core/projection.ts";

/** Size of the read model. */
export interface Extent {
  /** 1 if lists may be served. */
  readonly complete: 0 | 1;
  readonly tickets: number;
  /** Number of rows, by the counters. */
  readonly rows: number;
  /** 1 if there are fewer rows than tickets, and the backlog does not account for the difference. */
  readonly lacks_rows: 0 | 1;
}

/**
 * SQL for the number of tickets without a row that are in the backlog for it: since their first event, or with that
 * event lost. An entry that starts later was made while a row existed, and says nothing about its loss. Reads a few
 * rows for each backlog entry.
 */
function waitingForFirstRow(table: string): string {
  return `(SELECT count(*) FROM projection_backlog AS behind LEFT JOIN ticket_events AS event
      ON event.workspace_id = behind.workspace_id AND event.ticket_id = behind.ticket_id AND event.version = 1
    WHERE (event.seq IS NULL OR behind.first_seq <= event.seq) AND NOT EXISTS (
      SELECT 1 FROM ${table} AS row WHERE row.workspace_id = behind.workspace_id AND row.id = behind.ticket_id))`;
}

/** With a longer backlog than this, missing rows are not matched against it. */
const MAX_BACKLOG_CHECKED = 100;

/** Reads the size from the counters: one row, however many tickets there are. */
export function readExtent({ table }: Pick<Projection, "table">): Statement<Extent> {
  return statement<Extent>(
    `SELECT complete, tickets, read_rows AS rows,
       CASE WHEN read_rows >= tickets OR EXISTS (SELECT 1 FROM projection_backlog LIMIT 1 OFFSET ?1) THEN 0
         ELSE read_rows + ${waitingForFirstRow(getTableName(table))} < tickets END AS lacks_rows
     FROM db_clock`,
    MAX_BACKLOG_CHECKED,
  );
}

/**
 * Marks the read model complete if each ticket has a row, or is in the backlog for want of one. Scans all tickets and
 * rows.
 */
export function updateCompleteness({ table }: Pick<Projection, "table">): Statement {
  const name = getTableName(table);
  return statement(
    `INSERT INTO read_state (id, complete)
     SELECT 1, (SELECT count(*) FROM ${name}) + ${waitingForFirstRow(name)} >= (SELECT count(*) FROM tickets)
     WHERE true ON CONFLICT (id) DO UPDATE SET complete = excluded.complete`,
  );
}

export interface WrongCount {
  readonly workspace_id: string;
  readonly cell: string;
  readonly counted: number;
  readonly actual: number;
  /** Number of all wrong counters, including this one. */
  readonly total: number;
}

/**
 * Selects wrong counters, and counts all of them. Each agent of a workspace has up to four counters.
 *
 * @param limit maximum number of selected counters
 */
export function wrongCounts(projection: Pick<Projection, "table" | "counted">, limit: number): Statement<WrongCount> {
  return statement<WrongCount>(
    `SELECT *, count(*) OVER () AS total FROM (${allWrongCounts(projection)}) LIMIT ?1`,
    limit,
  );
}

/** SQL that compares the counters with the rows. Sorts the rows once, however many kinds of cells there are. */
function allWrongCounts({ table, counted }: Pick<Projection, "table" | "counted">): string {
  const names = counted.map((_, kind) => `cell_${kind}`);
  const cells = counted.map((cell, kind) => `${cell} AS ${names[kind]}`);
  const kinds = names.map(
    (name) => `SELECT workspace_id, ${name} AS cell, sum(count) AS count FROM combined GROUP BY 1, 2`,
  );
  return `WITH combined AS MATERIALIZED (
       SELECT workspace_id, ${cells.join(", ")}, count(*) AS count FROM ${getTableName(table)} GROUP BY workspace_id, ${names.join(", ")})
     SELECT coalesce(cells.workspace_id, truth.workspace_id) AS workspace_id, coalesce(cells.cell, truth.cell) AS cell,
       coalesce(cells.count, 0) AS counted, coalesce(truth.count, 0) AS actual
     FROM (${kinds.join(" UNION ALL ")}) AS truth
     FULL JOIN read_tallies AS cells ON cells.workspace_id = truth.workspace_id AND cells.cell = truth.cell
     WHERE coalesce(cells.count, 0) <> coalesce(truth.count, 0)`;
}

/** Corrects the counters, and the numbers of tickets and rows. Each row is in one cell of each kind. */
export function recount(projection: Pick<Projection, "table" | "counted">): [Statement, Statement, Statement] {
  return [
    statement(
      `INSERT INTO read_tallies (workspace_id, cell, count)
       SELECT workspace_id, cell, actual FROM (${allWrongCounts(projection)}) WHERE true
       ON CONFLICT (workspace_id, cell) DO UPDATE SET count = excluded.count`,
    ),
    statement("DELETE FROM read_tallies WHERE count = 0"),
    statement(
      `UPDATE db_clock SET tickets = (SELECT count(*) FROM tickets),
         read_rows = (SELECT coalesce(sum(count), 0) / ${projection.counted.length} FROM read_tallies)`,
    ),
  ];
}
