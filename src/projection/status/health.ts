import { DRIFT_KINDS, type DriftCount, type DriftKind } from "../walks/drift.ts";

/** Codes of all health problems. */
export const REASON_CODES = [
  "lists-waiting",
  "rebuild-stalled",
  "projection-late",
  "parked",
  "cron-silent",
  "consumer-silent",
  "audit-late",
  "drift",
  "database-full",
  "erasure-late",
] as const;

/** A health problem of the projection. docs/operations.md explains each code and what to do. */
export interface Reason {
  readonly code: (typeof REASON_CODES)[number];
  /** One sentence. */
  readonly detail: string;
}

/** Inputs of the health check. Ages are in milliseconds. */
export interface Vitals {
  readonly complete: boolean;
  /** Age of the oldest pending change, without parked tickets: those are a reason of their own. */
  readonly oldestWaiting: number;
  readonly parked: number;
  /** Time since the latest heartbeat; null if there was none. */
  readonly cronSilence: number | null;
  readonly consumerSilence: number | null;
  /** Time since the latest full audit, or since the first one began; null if none has begun. */
  readonly auditAge: number | null;
  /** Time since a running rebuild last advanced; null if none is running. */
  readonly rebuildStandstill: number | null;
  readonly drift: readonly DriftCount[];
  /** Database size in bytes. */
  readonly databaseBytes: number;
  /** Database size at which writes fail, in bytes. */
  readonly maxDatabaseBytes: number;
  /** Age of the oldest unfinished erasure; null if all are finished. */
  readonly erasureAge: number | null;
  /** Age of the oldest deleted words that a search table still holds; null if there are none. */
  readonly purgeAge: number | null;
  readonly now: number;
}

const LATE_MS = 60_000;
const CRON_SILENT_MS = 3 * 60_000;
/** The cron sends a silent consumer a heartbeat after four minutes, then every minute. */
const CONSUMER_SILENT_MS = 15 * 60_000;
/** A continuous audit takes half a day. */
const AUDIT_LATE_MS = 24 * 60 * 60_000;
/** The cron resumes an abandoned rebuild within two minutes. */
const REBUILD_STALLED_MS = 10 * 60_000;
/** Fraction of the size limit above which the database counts as almost full. */
const ALMOST_FULL = 0.9;
const MB = 1_000_000;
const GB = 1_000_000_000;
const DRIFT_REMEMBERED_MS = 24 * 60 * 60_000;
/** The cron erases about 15,000 tickets a minute. It first retries a failed ticket every few minutes. */
export const ERASURE_LATE_MS = 15 * 60_000;
/** A merge waits 15 minutes for more erasures, then takes about an hour for a million tickets. */
export const PURGE_LATE_MS = 3 * 60 * 60_000;

/** Outdated rows are no alarm: a consumer of an older deployment may leave some. */
const ALARMING: ReadonlySet<DriftKind> = new Set(DRIFT_KINDS.filter((kind) => kind !== "outdated"));

/** Lists the health problems; empty if there are none. Pure. */
export function reasonsOf(vitals: Vitals): Reason[] {
  const { complete, oldestWaiting, parked, cronSilence, consumerSilence, auditAge, drift, now } = vitals;
  const standstill = vitals.rebuildStandstill;
  const recent = drift.filter(
    ({ kind, last_found_at }) => ALARMING.has(kind) && now - last_found_at < DRIFT_REMEMBERED_MS,
  );
  const reasons: (Reason | false)[] = [
    !complete && { code: "lists-waiting", detail: "Rows are missing: lists return 503 until a rebuild is finished" },
    isOver(standstill, REBUILD_STALLED_MS) && {
      code: "rebuild-stalled",
      detail: `The rebuild has made no progress for ${seconds(standstill ?? 0)}`,
    },
    oldestWaiting > LATE_MS && {
      code: "projection-late",
      detail: `The oldest change missing from lists is ${seconds(oldestWaiting)} old`,
    },
    parked > 0 && { code: "parked", detail: `Tickets that cannot be projected: ${parked}` },
    (cronSilence === null || isOver(cronSilence, CRON_SILENT_MS)) && {
      code: "cron-silent",
      detail: silence("cron", cronSilence),
    },
    isOver(consumerSilence, CONSUMER_SILENT_MS) && {
      code: "consumer-silent",
      detail: silence("consumer", consumerSilence),
    },
    isOver(auditAge, AUDIT_LATE_MS) && {
      code: "audit-late",
      detail: `The last full audit finished ${seconds(auditAge ?? 0)} ago`,
    },
    vitals.databaseBytes > ALMOST_FULL * vitals.maxDatabaseBytes && {
      code: "database-full",
      detail: `The database uses ${sizeOf(vitals)}`,
    },
    recent.length > 0 && {
      code: "drift",
      detail: `An audit found incorrect rows or counts within the last day: ${recent.map(({ kind }) => kind).join(", ")}`,
    },
    lateErasure(vitals),
  ];
  return reasons.filter((reason) => reason !== false);
}

function lateErasure({ erasureAge, purgeAge }: Vitals): Reason | false {
  const late = [
    isOver(erasureAge, ERASURE_LATE_MS) && `An erasure requested ${seconds(erasureAge ?? 0)} ago is not finished`,
    isOver(purgeAge, PURGE_LATE_MS) &&
      `Search tables have contained words of erased customers for ${seconds(purgeAge ?? 0)}`,
  ].filter((detail) => detail !== false);
  return late.length > 0 && { code: "erasure-late", detail: late.join("; ") };
}

function isOver(milliseconds: number | null, limit: number): boolean {
  return milliseconds !== null && milliseconds > limit;
}

function silence(who: string, milliseconds: number | null): string {
  return milliseconds === null
    ? `The ${who} has never run`
    : `The ${who} has given no sign of life for ${seconds(milliseconds)}`;
}

function sizeOf({ databaseBytes, maxDatabaseBytes }: Vitals): string {
  return maxDatabaseBytes < GB
    ? `${Math.round(databaseBytes / MB)} MB of at most ${maxDatabaseBytes / MB} MB`
    : `${(databaseBytes / GB).toFixed(1)} GB of at most ${maxDatabaseBytes / GB} GB`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} seconds`;
}
