import { createRoute, z } from "@hono/zod-openapi";
import { keptLetters } from "../../projection/dead-letters.ts";
import { parkedTickets, retryAllParked, retryParked } from "../../projection/parked.ts";
import { projectionStatus } from "../../projection/status.ts";
import { instant, instantOrNull } from "../../queries/instant.ts";
import { router } from "../api.ts";
import { METRICS_TYPE, metricsOf } from "../metrics.ts";
import {
  deadLetterPage,
  parkedPage,
  parkedPath,
  projections,
  readiness,
  retryAllResult,
  retryResult,
} from "../operations-schemas.ts";
import { content, noQuery, problems } from "../schemas.ts";
import { databaseOf, withInstants } from "./operations.ts";

const figuresRoute = createRoute({
  method: "get",
  path: "/projections",
  summary: "How the projection stands: what it owes, what it has done, and whether all is well",
  request: { query: noQuery },
  responses: { 200: content(projections, "The figures"), ...problems(400, 401) },
});

const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  summary: "The same for Prometheus",
  request: { query: noQuery },
  responses: {
    200: { description: "The text format, version 0.0.4", content: { "text/plain": { schema: z.string() } } },
    ...problems(400, 401),
  },
});

const readyRoute = createRoute({
  method: "get",
  path: "/health/ready",
  summary: "Is all well? The status alone tells a monitor",
  request: { query: noQuery },
  responses: {
    200: content(readiness, "It is"),
    ...problems(400, 401),
    503: content(readiness, "Somebody should look, and why"),
  },
});

const parkedRoute = createRoute({
  method: "get",
  path: "/projections/parked",
  summary: "The tickets that could not be projected, the longest parked first",
  request: { query: noQuery },
  responses: { 200: content(parkedPage, "Up to 100 of them"), ...problems(400, 401) },
});

const retryRoute = createRoute({
  method: "post",
  path: "/projections/parked/{ticket_id}/retry",
  summary: "Tries a parked ticket at once",
  request: { params: parkedPath, query: noQuery },
  responses: { 200: content(retryResult, "What became of it"), ...problems(400, 401, 404) },
});

const retryAllRoute = createRoute({
  method: "post",
  path: "/projections/parked/retry",
  summary: "Sends all parked tickets to the queue again",
  request: { query: noQuery },
  responses: { 202: content(retryAllResult, "How many there were"), ...problems(400, 401) },
});

const deadLettersRoute = createRoute({
  method: "get",
  path: "/projections/dead-letters",
  summary: "Messages that nobody could read, the newest first",
  request: { query: noQuery },
  responses: { 200: content(deadLetterPage, "Up to 100 of them"), ...problems(400, 401) },
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
    const { tickets, total } = await parkedTickets(c.env, c.var.caller.workspace_id);
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
    const standing = await retryParked(c.env, { workspace_id: c.var.caller.workspace_id, ticket_id });
    return c.json({ ticket_id, projected: standing === undefined, error: standing?.error ?? null }, 200);
  })
  .openapi(retryAllRoute, async (c) => c.json({ retried: await retryAllParked(c.env, c.var.caller.workspace_id) }, 202))
  .openapi(deadLettersRoute, async (c) => {
    const { letters, total } = await keptLetters(c.env, c.var.caller.workspace_id);
    return c.json({ items: letters.map((letter) => ({ ...letter, kept_at: instant(letter.kept_at) })), total }, 200);
  });
