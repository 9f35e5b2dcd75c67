import { DeadlineExceeded } from "./deadline.ts";
import { causesOf } from "./errors.ts";
import { BudgetSpent } from "./usage.ts";

/**
 * What an error of D1 means for its caller.
 *
 * - `lost`: the connection or the database broke off; repeat the same call. Nobody knows whether it took effect.
 * - `stalled`: the database did not answer before the call's deadline. Nobody knows whether the call took effect, or will.
 * - `overloaded`: more calls than the database can serve; wait, and send less.
 * - `exporting`: the database is being exported; wait for minutes.
 * - `timed-out`: the call was too large, or the whole database stalls. A call for one ticket tells which.
 * - `too-large`: the call exceeded a limit on memory or CPU time; divide it, and never repeat it whole.
 * - `full`: the database has its maximum size; only an operator can help.
 * - `quota-spent`: the free plan's rows of the day are used up; they come back at midnight UTC.
 * - `calls-spent`: this invocation has made all calls that it may; the next one can go on.
 */
export type FailureKind =
  | "lost"
  | "stalled"
  | "overloaded"
  | "exporting"
  | "timed-out"
  | "too-large"
  | "full"
  | "quota-spent"
  | "calls-spent";

/** Cloudflare's own list; the newest version has more than the older ones. */
const DEBUG_D1 = "https://developers.cloudflare.com/d1/observability/debug-d1/#error-list";
/** D1 runs in a Durable Object, and its errors have come through with that name, too. */
const DURABLE_OBJECTS = "https://developers.cloudflare.com/durable-objects/observability/troubleshooting/";
const SQLITE = "https://www.sqlite.org/rescode.html";

interface KnownText {
  readonly kind: FailureKind;
  readonly text: RegExp;
  readonly source: string;
}

/** Every text by which an error is told apart, the first that fits. */
const KNOWN_TEXTS: readonly KnownText[] = [
  { kind: "quota-spent", text: /exceeded d1's free tier daily row (read|write) limit/i, source: DEBUG_D1 },
  { kind: "full", text: /exceeded maximum (db size|account storage)/i, source: DEBUG_D1 },
  { kind: "full", text: /SQLITE_FULL/, source: SQLITE },
  {
    kind: "calls-spent",
    text: /too many (api requests by single worker invocation|subrequests)/i,
    source: "https://developers.cloudflare.com/workers/platform/limits/#subrequests",
  },
  { kind: "too-large", text: /exceeded its (memory|cpu time) limit/i, source: DEBUG_D1 },
  { kind: "too-large", text: /SQLITE_NOMEM/, source: SQLITE },
  { kind: "timed-out", text: /exceeded timeout/i, source: DEBUG_D1 },
  { kind: "timed-out", text: /timed? ?out/i, source: "https://developers.cloudflare.com/d1/platform/limits/" },
  { kind: "overloaded", text: /is overloaded/i, source: DURABLE_OBJECTS },
  { kind: "overloaded", text: /requests queued for too long|too many requests queued/i, source: DEBUG_D1 },
  {
    kind: "exporting",
    text: /currently processing a long-running export/i,
    source: "https://github.com/cloudflare/workers-sdk/issues/9519",
  },
  { kind: "lost", text: /network connection lost/i, source: DEBUG_D1 },
  { kind: "lost", text: /reset because its code was updated/i, source: DEBUG_D1 },
  { kind: "lost", text: /storage caused object to be reset/i, source: DEBUG_D1 },
  { kind: "lost", text: /cannot resolve .* due to transient issue on remote node/i, source: DEBUG_D1 },
  { kind: "lost", text: /replica disconnected from primary/i, source: DEBUG_D1 },
  { kind: "lost", text: /can't read from request stream because client disconnected/i, source: DEBUG_D1 },
  {
    kind: "lost",
    text: /^(D1_ERROR: )?internal error(; reference = .*)?$/i,
    source: "https://github.com/cloudflare/cloudflare-docs/pull/18485",
  },
  // The binding reads the body of whatever answered, also of an error page.
  { kind: "lost", text: /failed to parse body as JSON/i, source: "https://github.com/cloudflare/workerd (d1-api.ts)" },
  { kind: "lost", text: /D1_RESET_DO/, source: "https://github.com/cloudflare/workers-sdk (d1 import)" },
  { kind: "lost", text: /SQLITE_(BUSY|LOCKED)/, source: SQLITE },
];

/** What an error of D1, or one that it caused, means; undefined if it is about the statements themselves, or not D1's. */
export function failureOf(error: unknown): FailureKind | undefined {
  for (const cause of causesOf(error)) {
    if (cause instanceof BudgetSpent) return "calls-spent";
    if (cause instanceof DeadlineExceeded) return "stalled";
    const known = KNOWN_TEXTS.find(({ text }) => text.test(cause.message));
    if (known) return known.kind;
  }
  return undefined;
}

/** Whether nothing speaks against the statements: the same call, or its parts, may succeed when the database is well again. */
export function isDatabaseAtFault(error: unknown): boolean {
  const kind = failureOf(error);
  return kind !== undefined && kind !== "too-large";
}

/** Whether the call itself may have asked for too much: it is to be divided, and never repeated whole. */
export function mayBeTooLarge(error: unknown): boolean {
  const kind = failureOf(error);
  return kind === "too-large" || kind === "timed-out";
}
