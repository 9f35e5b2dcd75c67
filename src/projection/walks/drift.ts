import { type Statement, statement } from "../../platform/database.ts";
import type { projectionDrift } from "../../platform/tables/engine.ts";

/** How a read model can differ from its source, while nothing is on its way that would mend it. */
export const DRIFT_KINDS = [
  /** The same version and projector, with other content. */
  "changed",
  /** A ticket without a row. */
  "missing",
  /** An older version than the source: its entry in the backlog has vanished. */
  "behind",
  /** A newer version than the source. */
  "ahead",
  /** A row without a ticket. */
  "orphan",
  /** A row of a projector that never was. */
  "unknown_projector",
  /** A row of an older projector, after the rebuild. */
  "outdated",
  /** A counter that differs from the rows. */
  "counter",
  /** An entry of a search table that is missing, differs from its row, or has none. */
  "search",
] as const;

export type DriftKind = (typeof DRIFT_KINDS)[number];

/** One difference. */
export interface Drift {
  readonly kind: DriftKind;
  readonly workspace_id: string;
  /** Null for a counter, and for entries without a row. */
  readonly ticket_id: string | null;
  /** Which fields, which versions; never what a ticket says. */
  readonly detail: string;
}

/** Examples that are kept, besides those that are not healed yet. */
export const MAX_EXAMPLES = 100;

/**
 * Records what an audit has found, in the batch that mends it.
 *
 * @param healedAt null where it is not mended in this batch
 * @param unlisted counters that were wrong beside those of `drift`
 */
export function recordDrift(drift: readonly Drift[], now: number, healedAt: number | null, unlisted = 0): Statement[] {
  if (drift.length === 0) return [];
  // What is not mended yet is of one slice, and each of it is kept until it is. Of the rest, no more than examples are.
  const kept = healedAt === null ? drift : drift.slice(-MAX_EXAMPLES);
  const counts = [...Map.groupBy(drift, ({ kind }) => kind)].map(([kind, those]) => ({
    kind,
    found: those.length + (kind === "counter" ? unlisted : 0),
  }));
  return [
    statement(
      `INSERT INTO projection_drift (kind, workspace_id, ticket_id, detail, found_at, healed_at)
       SELECT value ->> 'kind', value ->> 'workspace_id', value ->> 'ticket_id', value ->> 'detail', ?2, ?3 FROM json_each(?1)`,
      JSON.stringify(kept),
      now,
      healedAt,
    ),
    statement(
      `INSERT INTO projection_drift_counts (kind, found, last_found_at)
       SELECT value ->> 'kind', value ->> 'found', ?2 FROM json_each(?1) WHERE true
       ON CONFLICT (kind) DO UPDATE SET found = found + excluded.found, last_found_at = excluded.last_found_at`,
      JSON.stringify(counts),
      now,
    ),
    statement(
      `DELETE FROM projection_drift WHERE healed_at IS NOT NULL
         AND id <= (SELECT id FROM projection_drift ORDER BY id DESC LIMIT 1 OFFSET ?1)`,
      MAX_EXAMPLES,
    ),
  ];
}

/** What was left to the backlog is healed when it is gone from there. */
export function markHealed(now: number): Statement {
  return statement(
    `UPDATE projection_drift SET healed_at = ?1 WHERE healed_at IS NULL AND NOT EXISTS (
       SELECT 1 FROM projection_backlog AS behind
       WHERE behind.workspace_id = projection_drift.workspace_id AND behind.ticket_id = projection_drift.ticket_id)`,
    now,
  );
}

/** How much drift of one kind there ever was. */
export interface DriftCount {
  readonly kind: DriftKind;
  readonly found: number;
  readonly healed: number;
  readonly last_found_at: number;
}

/** Reads the counts. */
export function driftCounts(): Statement<DriftCount> {
  return statement<DriftCount>(
    `SELECT kind, found, last_found_at, found - (
       SELECT count(*) FROM projection_drift AS open WHERE open.kind = counts.kind AND open.healed_at IS NULL) AS healed
     FROM projection_drift_counts AS counts ORDER BY kind`,
  );
}

/** Reads the latest examples. */
export function driftExamples(): Statement<typeof projectionDrift.$inferSelect> {
  return statement<typeof projectionDrift.$inferSelect>(
    "SELECT * FROM projection_drift ORDER BY id DESC LIMIT ?1",
    MAX_EXAMPLES,
  );
}
