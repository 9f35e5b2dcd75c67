import { createRoute } from "@hono/zod-openapi";
import { keptLetters } from "../../projection/dead-letters.ts";
import { projectionFigures } from "../../projection/figures.ts";
import { parkedTickets, retryAllParked, retryParked } from "../../projection/parked.ts";
import { instant, instantOrNull } from "../../queries/instant.ts";
import { router } from "../api.ts";
import {
  content,
  deadLetterPage,
  noQuery,
  parkedPage,
  parkedPath,
  problems,
  projections,
  retryAllResult,
  retryResult,
} from "../schemas.ts";

const figuresRoute = createRoute({
  method: "get",
  path: "/projections",
  summary: "How far the read model is behind",
  request: { query: noQuery },
  responses: { 200: content(projections, "The figures"), ...problems(400, 401) },
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
  .openapi(figuresRoute, async (c) => c.json(await projectionFigures(c.env, c.var.caller.workspace_id), 200))
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
