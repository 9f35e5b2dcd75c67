import { z } from "@hono/zod-openapi";
import { LAG_BUCKETS_MS } from "../../projection/core/figures.ts";
import { REASON_CODES } from "../../projection/status/health.ts";
import { DRIFT_KINDS, MOST_EXAMPLES } from "../../projection/walks/drift.ts";
import { count, instant, ticketId, version } from "./tickets.ts";

/** How far a walk through all tickets is. */
const progress = {
  run: count.openapi({ description: "The number of the run" }),
  done: count.openapi({ description: "Tickets behind it" }),
  total: count.openapi({ description: "Tickets that there are; of a finished run, those that it went through" }),
  rate: z.number().nullable().openapi({ description: "Tickets a second" }),
  seconds_left: z.number().nullable().openapi({ description: "At that rate" }),
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
};

export const rebuildStatus = z
  .object({
    state: z.enum(["idle", "running", "verifying", "finished", "cancelled"]).openapi({
      description: "`verifying`: all rows are written, and an audit compares them with the source",
    }),
    ...progress,
    projector: count.openapi({ description: "The projector of the run" }),
    failed: count.openapi({ description: "Tickets that were left to the backlog" }),
    lists: z.enum(["served", "waiting"]).openapi({
      description: "`waiting`: rows are missing, and lists answer 503 until the rebuild is done",
    }),
    drift_found: count.nullable().openapi({ description: "By the audit at its end; null before" }),
  })
  .openapi("Rebuild");

const audit = z.object({
  state: z.enum(["idle", "running", "finished"]),
  ...progress,
  coverage: z.number().openapi({ description: "Share of the tickets that this round has compared, 0 to 1" }),
  failed: count.openapi({ description: "Tickets that could not be compared, and were left to the backlog" }),
  found: count.openapi({ description: "Drift that this round has found" }),
  age_seconds: z.number().nullable().openapi({ description: "Since the latest whole round; null before the first" }),
});

export const auditStatus = audit.openapi("Audit");

export const auditReport = audit
  .extend({
    kinds: z.array(z.object({ kind: z.enum(DRIFT_KINDS), found: count, healed: count })).max(DRIFT_KINDS.length),
    examples: z
      .array(
        z.object({
          kind: z.string().max(64),
          ticket_id: z.string().max(64).nullable(),
          detail: z.string().max(1_000).openapi({ description: "Which fields differ, never what they say" }),
          found_at: instant,
          healed_at: instant.nullable(),
        }),
      )
      .max(MOST_EXAMPLES)
      .openapi({ description: "The newest first" }),
  })
  .openapi("AuditReport");

const reasons = z
  .array(
    z.object({
      code: z.enum(REASON_CODES),
      detail: z.string().max(500),
    }),
  )
  .max(REASON_CODES.length);

const healthStatus = z.enum(["ok", "degraded"]);

export const projections = z
  .object({
    status: healthStatus,
    reasons,
    as_of: instant,
    tickets: count.openapi({ description: "Tickets that there are" }),
    backlog: z.object({
      count: count.openapi({ description: "Tickets whose newest change is not projected yet" }),
      oldest_seconds: z.number().openapi({ description: "The age of the oldest such change; 0 where there is none" }),
    }),
    parked: count.openapi({ description: "Tickets that could not be projected, waiting for somebody to look" }),
    dead_letters: count.openapi({ description: "Messages that nobody could project, kept to be looked at" }),
    projected: z.object({
      tickets: count.openapi({ description: "Entries of the backlog that were projected, since ever" }),
      batches: count,
      failures: count.openapi({ description: "Projections of single tickets that failed" }),
      lag_seconds: z
        .object({
          count: count,
          sum: z.number(),
          buckets: z.array(z.object({ le: z.number(), count })).max(LAG_BUCKETS_MS.length),
        })
        .openapi({ description: "From commit to visible: how many took up to `le` seconds" }),
    }),
    sweep: z.object({
      passes: count,
      tickets: count.openapi({ description: "Overdue tickets that it has taken up" }),
      last_at: instant.nullable(),
    }),
    consumer: z.object({ last_at: instant.nullable() }),
    drift: z.object({ found: count, healed: count, last_found_at: instant.nullable() }),
    erasures: z.object({
      count: count.openapi({ description: "Erasures that are not done yet" }),
      failing: count.openapi({ description: "Of these, those whose latest turns erased nothing" }),
      oldest_seconds: z.number().min(0).openapi({ description: "Since the oldest was asked for; 0 if all are done" }),
      purge_oldest_seconds: z.number().min(0).openapi({
        description: "How long the search tables have held words of erased customers; 0 if they hold none",
      }),
    }),
    audit: auditStatus,
    rebuild: rebuildStatus,
  })
  .openapi("Projections");

export const readiness = z.object({ status: healthStatus, reasons }).openapi("Readiness");

export const parkedPage = z
  .object({
    items: z
      .array(
        z.object({
          workspace_id: z.string().max(63),
          ticket_id: ticketId,
          version,
          attempts: count,
          error: z.string().max(2_000).nullable(),
          parked_at: instant.nullable(),
          next_attempt_at: instant,
          oldest_change_at: instant.openapi({ description: "Since when the ticket's row is out of date" }),
        }),
      )
      .max(100),
    total: count,
  })
  .openapi("ParkedTickets");

export const retryResult = z
  .object({
    ticket_id: ticketId,
    projected: z.boolean().openapi({ description: "False: it stays parked, with the error" }),
    error: z.string().max(2_000).nullable(),
  })
  .openapi("RetryResult");

export const retryAllResult = z.object({ retried: count }).openapi("RetryAllResult");

export const deadLetterPage = z
  .object({
    items: z
      .array(
        z.object({
          id: count,
          queue: z.string().max(63),
          message_id: z.string().max(100),
          workspace_id: z
            .string()
            .max(200)
            .nullable()
            .openapi({ description: "The workspace that the message names: its first 200 characters" }),
          body: z.string().max(8_192).openapi({ description: "The first 8 KB" }),
          reason: z.string().max(20_000),
          kept_at: instant,
        }),
      )
      .max(100),
    total: count,
  })
  .openapi("DeadLetters");

/** `/projections/parked/{ticket_id}/retry` */
export const parkedPath = z.object({ ticket_id: ticketId });

export const health = z.object({ status: z.literal("ok") }).openapi("Health");
