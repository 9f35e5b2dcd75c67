import { createRoute, z } from "@hono/zod-openapi";
import { importTickets } from "../../commands/import.ts";
import { router } from "../api.ts";
import { ndjsonBody } from "../body.ts";
import { content, importResult, problems } from "../schemas.ts";

const importRoute = createRoute({
  method: "post",
  path: "/tickets/import",
  summary: "Takes tickets with their conversations, one JSON object a line",
  middleware: ndjsonBody,
  request: {
    body: { required: true, content: { "application/x-ndjson": { schema: z.string() } } },
  },
  responses: { 200: content(importResult, "What became of the lines"), ...problems(400, 401, 413, 415) },
});

export const importRoutes = router().openapi(importRoute, async (c) => {
  const text = new TextDecoder().decode(await c.req.arrayBuffer());
  const { recorded_at, ...result } = await importTickets(c.env, c.var.caller, text);
  return c.json({ ...result, recorded_at: recorded_at === null ? null : new Date(recorded_at).toISOString() }, 200);
});
