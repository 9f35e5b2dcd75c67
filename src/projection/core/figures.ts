import { type Statement, statement } from "../../platform/database.ts";
import type { projectionFigures } from "../../platform/tables/engine.ts";
import type { ProjectedVersion } from "./backlog.ts";

/** Counters of the projection: the one row of `projection_figures`. */
export type Figures = typeof projectionFigures.$inferSelect;

/** Upper bounds of the lag histogram (commit to visible), in milliseconds. */
export const LAG_BUCKETS_MS = [
  10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 3_600_000,
] as const;

export function readFigures(): Statement<Figures> {
  return statement<Figures>("SELECT * FROM projection_figures");
}

/**
 * Counts the tickets that a batch projects, and their lag. Must precede the deletion of their backlog entries in the
 * same batch. Writes nothing if no ticket was in the backlog.
 *
 * @param now milliseconds since 1970
 */
export function countProjected(projected: readonly ProjectedVersion[], now: number, by: "queue" | "other"): Statement {
  return statement(COUNT_PROJECTED, JSON.stringify(projected), now, by === "queue" ? 1 : 0);
}

// A worker's clock may be behind the database's clock.
const COUNT_PROJECTED = `
UPDATE projection_figures SET tickets = projection_figures.tickets + visible.tickets, batches = batches + 1,
  consumer_at = CASE WHEN ?3 THEN ?2 ELSE consumer_at END, lag_ms = projection_figures.lag_ms + visible.lag_ms,
  ${LAG_BUCKETS_MS.map((le) => `lag_${le} = projection_figures.lag_${le} + visible.lag_${le}`).join(", ")}
FROM (
  SELECT count(*) AS tickets, sum(lag) AS lag_ms, ${LAG_BUCKETS_MS.map((le) => `sum(lag <= ${le}) AS lag_${le}`).join(", ")}
  FROM (SELECT max(?2 - behind.first_recorded_at, 0) AS lag
    FROM json_each(?1) AS projected CROSS JOIN projection_backlog AS behind
      ON behind.workspace_id = projected.value ->> 'workspace_id' AND behind.ticket_id = projected.value ->> 'ticket_id'
    WHERE behind.version <= projected.value ->> 'version')) AS visible
WHERE visible.tickets > 0`;

/** Records that the cron ran. The first run also starts the clock for the consumer's silence. */
export function recordCronHeartbeat(now: number): Statement {
  return statement(
    "UPDATE projection_figures SET sweeps = sweeps + 1, cron_at = ?1, consumer_at = coalesce(consumer_at, ?1)",
    now,
  );
}

/** Counts the tickets of a claim: the rows that the previous statement of the batch changed. */
export function countClaimed(): Statement {
  return statement("UPDATE projection_figures SET swept_tickets = swept_tickets + changes() WHERE changes() > 0");
}

/** Records that the consumer ran, for a heartbeat message. */
export function recordConsumerHeartbeat(now: number): Statement {
  return statement("UPDATE projection_figures SET consumer_at = ?1", now);
}

/** Counts a failed projection. */
export function countFailure(): Statement {
  return statement("UPDATE projection_figures SET failures = failures + 1");
}
