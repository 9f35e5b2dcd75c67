import { z } from "@hono/zod-openapi";
import { DRIFT_KINDS } from "../projection/drift.ts";
import { REASON_CODES } from "../projection/health.ts";
import { instant, ticketId, version } from "./schemas.ts";

/** How far a walk through all tickets is. */
const progress = {
  run: z.int().openapi({ description: "The number of the run" }),
  done: z.int().openapi({ description: "Tickets behind it" }),
  total: z.int().openapi({ description: "Tickets that there are; of a finished run, those that it went through" }),
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
    projector: z.int().openapi({ description: "The projector of the run" }),
    failed: z.int().openapi({ description: "Tickets that were left to the backlog" }),
    lists: z.enum(["served", "waiting"]).openapi({
      description: "`waiting`: rows are missing, and lists answer 503 until the rebuild is done",
    }),
    drift_found: z.int().nullable().openapi({ description: "By the audit at its end; null before" }),
  })
  .openapi("Rebuild");

const audit = z.object({
  state: z.enum(["idle", "running", "finished"]),
  ...progress,
  coverage: z.number().openapi({ description: "Share of the tickets that this round has compared, 0 to 1" }),
  failed: z.int().openapi({ description: "Tickets that could not be compared, and were left to the backlog" }),
  found: z.int().openapi({ description: "Drift that this round has found" }),
  age_seconds: z.number().nullable().openapi({ description: "Since the latest whole round; null before the first" }),
});

export const auditStatus = audit.openapi("Audit");

export const auditReport = audit
  .extend({
    kinds: z.array(z.object({ kind: z.enum(DRIFT_KINDS), found: z.int(), healed: z.int() })),
    examples: z
      .array(
        z.object({
          kind: z.string(),
          ticket_id: z.string().nullable(),
          detail: z.string().openapi({ description: "Which fields differ, never what they say" }),
          found_at: instant,
          healed_at: instant.nullable(),
        }),
      )
      .openapi({ description: "The newest first, at most 100 and all that is not healed" }),
  })
  .openapi("AuditReport");

const reasons = z.array(
  z.object({
    code: z.enum(REASON_CODES),
    detail: z.string(),
  }),
);

const healthStatus = z.enum(["ok", "degraded"]);

export const projections = z
  .object({
    status: healthStatus,
    reasons,
    as_of: instant,
    tickets: z.int().openapi({ description: "Tickets that there are" }),
    backlog: z.object({
      count: z.int().openapi({ description: "Tickets whose newest change is not projected yet" }),
      oldest_seconds: z.number().openapi({ description: "The age of the oldest such change; 0 where there is none" }),
    }),
    parked: z.int().openapi({ description: "Tickets that could not be projected, waiting for somebody to look" }),
    dead_letters: z.int().openapi({ description: "Messages that nobody could project, kept to be looked at" }),
    projected: z.object({
      tickets: z.int().openapi({ description: "Entries of the backlog that were projected, since ever" }),
      batches: z.int(),
      failures: z.int().openapi({ description: "Projections of single tickets that failed" }),
      lag_seconds: z
        .object({
          count: z.int(),
          sum: z.number(),
          buckets: z.array(z.object({ le: z.number(), count: z.int() })),
        })
        .openapi({ description: "From commit to visible: how many took up to `le` seconds" }),
    }),
    sweep: z.object({
      passes: z.int(),
      tickets: z.int().openapi({ description: "Overdue tickets that it has taken up" }),
      last_at: instant.nullable(),
    }),
    consumer: z.object({ last_at: instant.nullable() }),
    drift: z.object({ found: z.int(), healed: z.int(), last_found_at: instant.nullable() }),
    audit: auditStatus,
    rebuild: rebuildStatus,
  })
  .openapi("Projections");

export const readiness = z.object({ status: healthStatus, reasons }).openapi("Readiness");

export const parkedPage = z
  .object({
    items: z.array(
      z.object({
        workspace_id: z.string(),
        ticket_id: ticketId,
        version,
        attempts: z.int(),
        error: z.string().nullable(),
        parked_at: instant.nullable(),
        next_attempt_at: instant,
        oldest_change_at: instant.openapi({ description: "Since when the ticket's row is out of date" }),
      }),
    ),
    total: z.int(),
  })
  .openapi("ParkedTickets");

export const retryResult = z
  .object({
    ticket_id: ticketId,
    projected: z.boolean().openapi({ description: "False: it stays parked, with the error" }),
    error: z.string().nullable(),
  })
  .openapi("RetryResult");

export const retryAllResult = z.object({ retried: z.int() }).openapi("RetryAllResult");

export const deadLetterPage = z
  .object({
    items: z.array(
      z.object({
        id: z.int(),
        queue: z.string(),
        message_id: z.string(),
        body: z.string().openapi({ description: "The first 8 KB" }),
        reason: z.string(),
        kept_at: instant,
      }),
    ),
    total: z.int(),
  })
  .openapi("DeadLetters");

/** `/projections/parked/{ticket_id}/retry` */
export const parkedPath = z.object({ ticket_id: ticketId });

export const health = z.object({ status: z.literal("ok") }).openapi("Health");
