import { z } from "@hono/zod-openapi";
import { LAG_BUCKETS_MS } from "../../projection/core/figures.ts";
import { REASON_CODES } from "../../projection/status/health.ts";
import { DRIFT_KINDS, MAX_EXAMPLES } from "../../projection/walks/drift.ts";
import { count, instant, ticketId, version } from "./common.ts";

/** How far a walk through all tickets is. */
const progress = {
  run: count.openapi({ description: "The number of the run" }),
  done: count.openapi({ description: "Tickets processed" }),
  total: count.openapi({ description: "All tickets; after a finished run, the tickets processed" }),
  rate: z.number().nullable().openapi({ description: "Tickets per second" }),
  seconds_left: z.number().nullable().openapi({ description: "The estimated time left, at that rate" }),
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
};

export const rebuildStatus = z
  .object({
    state: z.enum(["idle", "running", "verifying", "finished", "cancelled"]).openapi({
      description: "`verifying` means that all rows are written and an audit is comparing them with the source",
    }),
    ...progress,
    projector: count.openapi({ description: "The projector version of the run" }),
    failed: count.openapi({ description: "Tickets that failed and were left to the backlog" }),
    lists: z.enum(["served", "waiting"]).openapi({
      description: "`waiting` means that rows are missing, and that lists return 503 until the rebuild is finished",
    }),
    drift_found: count.nullable().openapi({ description: "Differences found by the final audit; null before it" }),
  })
  .openapi("Rebuild");

const audit = z.object({
  state: z.enum(["idle", "running", "finished"]),
  ...progress,
  coverage: z.number().openapi({ description: "The share of tickets compared in this run, from 0 to 1" }),
  failed: count.openapi({ description: "Tickets that could not be compared and were left to the backlog" }),
  found: count.openapi({ description: "Differences found in this run" }),
  age_seconds: z
    .number()
    .nullable()
    .openapi({ description: "Seconds since the latest full audit; null before the first" }),
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
          detail: z.string().max(1_000).openapi({ description: "The names of the fields that differ, without values" }),
          found_at: instant,
          healed_at: instant.nullable(),
        }),
      )
      .max(MAX_EXAMPLES)
      .openapi({ description: "Recent differences, newest first" }),
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
    tickets: count.openapi({ description: "All tickets" }),
    backlog: z.object({
      count: count.openapi({ description: "Tickets whose latest change is not projected yet" }),
      oldest_seconds: z
        .number()
        .openapi({ description: "The age of the oldest unprojected change; 0 if there is none" }),
    }),
    parked: count.openapi({ description: "Tickets that could not be projected and need attention" }),
    dead_letters: count.openapi({ description: "Messages that could not be processed" }),
    projected: z.object({
      tickets: count.openapi({ description: "All backlog entries projected so far" }),
      batches: count,
      failures: count.openapi({ description: "Failed projections of single tickets" }),
      lag_seconds: z
        .object({
          count: count,
          sum: z.number(),
          buckets: z.array(z.object({ le: z.number(), count })).max(LAG_BUCKETS_MS.length),
        })
        .openapi({
          description: "The lag from commit to visible. A bucket counts the projections that took at most `le` seconds",
        }),
    }),
    sweep: z.object({
      passes: count,
      tickets: count.openapi({ description: "Overdue tickets found by the sweep" }),
      last_at: instant.nullable(),
    }),
    consumer: z.object({ last_at: instant.nullable() }),
    drift: z.object({ found: count, healed: count, last_found_at: instant.nullable() }),
    erasures: z.object({
      count: count.openapi({ description: "Unfinished erasures" }),
      failing: count.openapi({ description: "Unfinished erasures whose latest attempts erased nothing" }),
      oldest_seconds: z
        .number()
        .min(0)
        .openapi({ description: "Seconds since the oldest unfinished erasure was requested; 0 if there is none" }),
      purge_oldest_seconds: z.number().min(0).openapi({
        description:
          "Seconds for which the search tables have contained words of erased customers; 0 if they contain none",
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
          oldest_change_at: instant.openapi({ description: "Since when the ticket's row has been out of date" }),
        }),
      )
      .max(100),
    total: count,
  })
  .openapi("ParkedTickets");

export const retryResult = z
  .object({
    ticket_id: ticketId,
    projected: z
      .boolean()
      .openapi({ description: "True if the ticket was projected; false if it stays parked with `error`" }),
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
            .openapi({ description: "The workspace that the message names, truncated to 200 characters" }),
          body: z.string().max(8_192).openapi({ description: "The message body, truncated to 8 KB" }),
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
