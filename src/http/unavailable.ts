import { causesOf, UnknownOutcome } from "../platform/errors.ts";
import { type FailureKind, failureOf } from "../platform/failures.ts";
import type { ProblemCode } from "./problem.ts";

/** What a client is told if the database is at fault. */
export interface Unavailability {
  readonly code: Extract<ProblemCode, "temporarily-unavailable" | "database-full">;
  readonly detail: string;
  readonly headers: { "Retry-After": string } | undefined;
}

const DAY_S = 24 * 60 * 60;

/** What failed, in words, and the seconds after which a request may come again. */
const ANSWERS: Readonly<Record<Exclude<FailureKind, "full">, readonly [what: string, seconds: number]>> = {
  lost: ["The database did not respond", 1],
  stalled: ["The database did not respond in time", 5],
  overloaded: ["The database is overloaded", 5],
  exporting: ["The database is being exported", 60],
  "timed-out": ["The database did not respond in time", 2],
  "too-large": ["The database aborted the request", 2],
  "quota-spent": ["The database has reached the daily limit of its plan (until midnight UTC)", DAY_S],
  "calls-spent": ["The request has used all of its database calls", 1],
};

/** The answer to an error that is the database's fault; undefined if it is not. */
export function unavailabilityOf(
  error: Error,
  { clock, random }: { readonly clock: () => number; readonly random: () => number },
): Unavailability | undefined {
  const kind = failureOf(error);
  if (kind === undefined) return undefined;
  if (kind === "full") {
    const detail = "The database has reached its maximum size: nothing was stored, and a retry will not help";
    return { code: "database-full", detail, headers: undefined };
  }
  const [what, seconds] = ANSWERS[kind];
  const untilMidnight = DAY_S - (Math.floor(clock() / 1000) % DAY_S);
  // Clients that an overloaded database has refused together must not come back together.
  const wait =
    kind === "quota-spent" ? untilMidnight : Math.ceil(seconds * (1 + (kind === "overloaded" ? random() : 0)));
  return {
    code: "temporarily-unavailable",
    detail: `${what}: ${adviceFor(error)}`,
    headers: { "Retry-After": String(wait) },
  };
}

function adviceFor(error: Error): string {
  const unknown = causesOf(error).find((cause) => cause instanceof UnknownOutcome);
  if (!unknown) return "retry the request";
  const [event, ...others] = unknown.events;
  const what = event
    ? `version ${event.version} of ticket ${event.ticket_id} may have been written${others.length > 0 ? ", and so may the others" : ""}`
    : "the request may have taken effect";
  return `${what}. Retry with the same Idempotency-Key, or read the ticket first`;
}
