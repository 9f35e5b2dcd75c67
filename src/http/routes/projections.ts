import { createRoute, z } from "@hono/zod-openapi";
import { readDeadLetters } from "../../projection/delivery/dead-letters.ts";
import { readParkedTickets, retryAllParked, retryParked } from "../../projection/delivery/parked.ts";
import { projectionStatus } from "../../projection/status/status.ts";
import { instant, instantOrNull } from "../../queries/instant.ts";
import { router } from "../api.ts";
import { content } from "../contract/content.ts";
import { DEAD_LETTERS, EXAMPLE_ID, METRICS, PARKED_PAGE, PROJECTIONS } from "../contract/examples.ts";
import { carries } from "../contract/headers.ts";
import { OF_TICKET, problems } from "../contract/problems.ts";
import { METRICS_TYPE, metricsOf } from "../metrics.ts";
import { requires } from "../middleware/roles.ts";
import { noQuery } from "../schemas/common.ts";
import {
  deadLetterPage,
  parkedPage,
  parkedPath,
  projections,
  readiness,
  retryAllResult,
  retryResult,
} from "../schemas/operations.ts";
import { databaseOf, withInstants } from "./operations.ts";

const figuresRoute = createRoute({
  method: "get",
  path: "/projections",
  ...requires("root"),
  operationId: "getProjections",
  tags: ["Operation"],
  summary: "Retrieve the status of the projection",
  description: "Returns the backlog, totals, the lag from commit to visible, and the health of the projection.",
  request: { query: noQuery },
  responses: { 200: content(projections, "The status", PROJECTIONS), ...problems("root") },
});

const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  ...requires("root"),
  operationId: "getMetrics",
  tags: ["Operation"],
  summary: "Retrieve Prometheus metrics",
  description: "Returns the figures of `GET /projections` as metrics. A metric without a value is omitted.",
  request: { query: noQuery },
  responses: {
    200: {
      description:
        "Metrics in text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)",
      content: { "text/plain": { schema: z.string().max(65_536), example: METRICS } },
    },
    ...problems("root"),
  },
});

const { 503: unavailable, ...others } = problems("root");

const degraded = content(readiness, "", {
  status: "degraded",
  reasons: [{ code: "parked", detail: "2 tickets could not be projected" }],
});

const readyRoute = createRoute({
  method: "get",
  path: "/health/ready",
  ...requires("root"),
  operationId: "getReadiness",
  tags: ["Operation"],
  summary: "Check the health of the service",
  description: "Returns 200 if the service is healthy and 503 if it is degraded, with the reasons.",
  request: { query: noQuery },
  responses: {
    ...others,
    200: content(readiness, "The service is healthy", { status: "ok", reasons: [] }),
    503: {
      description: `The service is degraded. ${unavailable.description}`,
      ...carries("Retry-After?"),
      content: { ...degraded.content, ...unavailable.content },
    },
  },
});

const parkedRoute = createRoute({
  method: "get",
  path: "/projections/parked",
  ...requires("root"),
  operationId: "listParkedTickets",
  tags: ["Operation"],
  summary: "List parked tickets",
  description:
    "Returns the tickets that could not be projected, longest parked first. Each ticket is retried every six hours. `error` is the error of the latest attempt.",
  request: { query: noQuery },
  responses: { 200: content(parkedPage, "Up to 100 parked tickets", PARKED_PAGE), ...problems("root") },
});

const retryRoute = createRoute({
  method: "post",
  path: "/projections/parked/{ticket_id}/retry",
  ...requires("root"),
  operationId: "retryParkedTicket",
  tags: ["Operation"],
  summary: "Retry a parked ticket",
  description:
    "Projects the ticket before responding. If the attempt fails, the ticket stays parked with the new error.",
  request: { params: parkedPath, query: noQuery },
  responses: {
    200: content(retryResult, "The result of the attempt", { ticket_id: EXAMPLE_ID, projected: true, error: null }),
    ...problems("root", ...OF_TICKET, "not-parked"),
  },
});

const retryAllRoute = createRoute({
  method: "post",
  path: "/projections/parked/retry",
  ...requires("root"),
  operationId: "retryParkedTickets",
  tags: ["Operation"],
  summary: "Retry all parked tickets",
  description:
    "Sends all parked tickets to the queue and responds without waiting. `GET /projections/parked` shows the tickets that are still parked.",
  request: { query: noQuery },
  responses: { 202: content(retryAllResult, "The number of tickets sent", { retried: 2 }), ...problems("root") },
});

const deadLettersRoute = createRoute({
  method: "get",
  path: "/projections/dead-letters",
  ...requires("root"),
  operationId: "listDeadLetters",
  tags: ["Operation"],
  summary: "List dead letters",
  description:
    "Returns messages that could not be processed, newest first. The queue gave up on them, or they have an unknown format. Dead letters " +
    "are kept until they are deleted manually.",
  request: { query: noQuery },
  responses: { 200: content(deadLetterPage, "Up to 100 dead letters", DEAD_LETTERS), ...problems("root") },
});

export const projectionRoutes = router()
  .openapi(figuresRoute, async (c) => {
    const { as_of, sweep, consumer, drift, audit, rebuild, ...status } = await projectionStatus(c.env, databaseOf(c));
    return c.json(
      {
        ...status,
        as_of: instant(as_of),
        sweep: { ...sweep, last_at: instantOrNull(sweep.last_at) },
        consumer: { last_at: instantOrNull(consumer.last_at) },
        drift: { found: drift.found, healed: drift.healed, last_found_at: instantOrNull(drift.last_found_at) },
        audit: withInstants(audit),
        rebuild: withInstants(rebuild),
      },
      200,
    );
  })
  .openapi(metricsRoute, async (c) => {
    const text = metricsOf(await projectionStatus(c.env, databaseOf(c)));
    return c.text(text, 200, { "Content-Type": METRICS_TYPE });
  })
  .openapi(readyRoute, async (c) => {
    const { status, reasons } = await projectionStatus(c.env, databaseOf(c));
    return status === "ok" ? c.json({ status, reasons }, 200) : c.json({ status, reasons }, 503);
  })
  .openapi(parkedRoute, async (c) => {
    const { tickets, total } = await readParkedTickets(databaseOf(c));
    const items = tickets.map(({ parked_at, due_at, first_recorded_at, ...ticket }) => ({
      ...ticket,
      parked_at: instantOrNull(parked_at),
      next_attempt_at: instant(due_at),
      oldest_change_at: instant(first_recorded_at),
    }));
    return c.json({ items, total }, 200);
  })
  .openapi(retryRoute, async (c) => {
    const { ticket_id } = c.req.valid("param");
    const standing = await retryParked(c.env, databaseOf(c), ticket_id);
    return c.json({ ticket_id, projected: standing === undefined, error: standing?.error ?? null }, 200);
  })
  .openapi(retryAllRoute, async (c) => c.json({ retried: await retryAllParked(c.env, databaseOf(c)) }, 202))
  .openapi(deadLettersRoute, async (c) => {
    const { letters, total } = await readDeadLetters(databaseOf(c));
    return c.json({ items: letters.map((letter) => ({ ...letter, kept_at: instant(letter.kept_at) })), total }, 200);
  });
