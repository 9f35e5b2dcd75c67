import { type Statement, statement } from "../../platform/database.ts";
import type { projectionDrift } from "../../platform/tables/engine.ts";

/** Kinds of drift: differences from the source that no pending projection explains. */
export const DRIFT_KINDS = [
  /** The row has the right version and projector, but other content. */
  "changed",
  /** A ticket without a row. */
  "missing",
  /** The row is older than the source, and its backlog entry is gone. */
  "behind",
  /** The row is newer than the source. */
  "ahead",
  /** A row without a ticket. */
  "orphan",
  /** A row of a projector that never existed. */
  "unknown_projector",
  /** A row of an older projector after the rebuild. */
  "outdated",
  /** A counter that differs from the rows. */
  "counter",
  /** A missing, wrong or stray search entry. */
  "search",
] as const;

export type DriftKind = (typeof DRIFT_KINDS)[number];

/** One difference. */
export interface Drift {
  readonly kind: DriftKind;
  readonly workspace_id: string;
  /** Null for a counter, and for stray search entries. */
  readonly ticket_id: string | null;
  /** Field names and versions; never ticket content. */
  readonly detail: string;
}

/** Maximum number of kept examples, besides those that are not healed yet. */
export const MAX_EXAMPLES = 100;

/**
 * Records the drift that an audit found, in the batch that repairs it.
 *
 * @param healedAt null if this batch does not repair it
 * @param unlisted number of wrong counters that are not in `drift`
 */
export function recordDrift(drift: readonly Drift[], now: number, healedAt: number | null, unlisted = 0): Statement[] {
  if (drift.length === 0) return [];
  // Drift that is not repaired yet belongs to one slice and is kept in full. Other drift is kept as examples.
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

/** Marks drift as healed once its ticket has left the backlog. */
export function markHealed(now: number): Statement {
  return statement(
    `UPDATE projection_drift SET healed_at = ?1 WHERE healed_at IS NULL AND NOT EXISTS (
       SELECT 1 FROM projection_backlog AS behind
       WHERE behind.workspace_id = projection_drift.workspace_id AND behind.ticket_id = projection_drift.ticket_id)`,
    now,
  );
}

/** All-time count of one kind of drift. */
export interface DriftCount {
  readonly kind: DriftKind;
  readonly found: number;
  readonly healed: number;
  readonly last_found_at: number;
}

export function driftCounts(): Statement<DriftCount> {
  return statement<DriftCount>(
    `SELECT kind, found, last_found_at, found - (
       SELECT count(*) FROM projection_drift AS open WHERE open.kind = counts.kind AND open.healed_at IS NULL) AS healed
     FROM projection_drift_counts AS counts ORDER BY kind`,
  );
}

export function driftExamples(): Statement<typeof projectionDrift.$inferSelect> {
  return statement<typeof projectionDrift.$inferSelect>(
    "SELECT * FROM projection_drift ORDER BY id DESC LIMIT ?1",
    MAX_EXAMPLES,
  );
}
