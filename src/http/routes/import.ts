import { createRoute, z } from "@hono/zod-openapi";
import { importTickets } from "../../commands/import.ts";
import { instantOrNull } from "../../queries/instant.ts";
import { router } from "../api.ts";
import { ndjsonBody } from "../body.ts";
import { contextOf } from "../conditions.ts";
import { giveToken, tokenAfter } from "../consistency.ts";
import { content, importResult, noQuery, problems } from "../schemas.ts";

const importRoute = createRoute({
  method: "post",
  path: "/tickets/import",
  summary: "Takes tickets with their conversations, one JSON object a line",
  middleware: ndjsonBody,
  request: {
    query: noQuery,
    body: { required: true, content: { "application/x-ndjson": { schema: z.string() } } },
  },
  responses: { 200: content(importResult, "What became of the lines"), ...problems(400, 401, 413, 415) },
});

export const importRoutes = router().openapi(importRoute, async (c) => {
  const text = new TextDecoder().decode(await c.req.arrayBuffer());
  const outcome = await importTickets(c.env, contextOf(c, text), text);
  const { recorded_at, ...result } = outcome.answer;
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  // The tickets are too many to name: the newest event stands for them.
  const token = { ...tokenAfter(c.var.expectation.token, outcome), seq: outcome.seen.newest_seq };
  giveToken(c, token, outcome.seen.newest_seq);
  return c.json({ ...result, recorded_at: instantOrNull(recorded_at) }, 200);
});
