import { createRoute, type z } from "@hono/zod-openapi";
import type { ChangeTicket } from "../../src/domain/decide.ts";
import { router } from "../../src/http/api.ts";
import { contextOf } from "../../src/http/headers/preconditions.ts";
import { jsonBody, ndjsonBody } from "../../src/http/middleware/body.ts";
import { accept } from "../../src/http/routes/commands.ts";
import { bulkBody, COMMANDS, type CommandDefinition, createTicketBody } from "../../src/http/schemas/commands.ts";
import { noQuery, ticketPath } from "../../src/http/schemas/common.ts";
import { changeInline, createTicket } from "./commands.ts";
import { changeTickets, importTickets } from "./several.ts";

const DONE = { 200: { description: "" }, 201: { description: "" } };

const createTicketRoute = createRoute({
  method: "post",
  path: "/tickets",
  middleware: jsonBody,
  request: { query: noQuery, body: json(createTicketBody) },
  responses: DONE,
});

const bulkRoute = createRoute({
  method: "post",
  path: "/tickets/bulk",
  middleware: jsonBody,
  request: { query: noQuery, body: json(bulkBody) },
  responses: DONE,
});

/** The service's commands, with the same checks, each of which writes its row in its own transaction. */
export const inlineRoutes = router()
  .openapi(createTicketRoute, async (c) => {
    const body = c.req.valid("json");
    const outcome = await createTicket(c.env, contextOf(c, body), { type: "CreateTicket", ...body });
    c.header("Location", `/tickets/${outcome.answer.id}`);
    return c.json(accept(c, outcome), 201);
  })
  .openapi(bulkRoute, async (c) => {
    const body = c.req.valid("json");
    const { answer } = await changeTickets(c.env, contextOf(c, body), body.ids, body.command);
    return c.json({ results: answer }, 200);
  });

for (const [type, { path, body: schema }] of Object.entries<CommandDefinition>(COMMANDS)) {
  const route = createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    middleware: jsonBody,
    request: { params: ticketPath, query: noQuery, body: json(schema) },
    responses: DONE,
  });
  inlineRoutes.openapi(route, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    const command = { type, ...body } as ChangeTicket;
    return c.json(accept(c, await changeInline(c.env, contextOf(c, body), id, command)), 200);
  });
}

inlineRoutes.post("/tickets/import", ...ndjsonBody, async (c) => {
  const text = await c.req.text();
  const { answer } = await importTickets(c.env, contextOf(c, text), text);
  return c.json({ taken: answer }, 200);
});

function json<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}
