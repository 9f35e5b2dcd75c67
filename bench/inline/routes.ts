import { createRoute, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Accepted } from "../../src/commands/change-ticket.ts";
import {
  addAgentNoteBody,
  addMessageBody,
  assignTicketBody,
  bulkBody,
  createTicketBody,
  setPriorityBody,
  setTagsBody,
  updateStatusBody,
} from "../../src/commands/schemas.ts";
import type { ChangeTicket } from "../../src/domain/commands.ts";
import { type Api, router } from "../../src/http/api.ts";
import { contextOf } from "../../src/http/headers/preconditions.ts";
import { jsonBody, ndjsonBody } from "../../src/http/middleware/body.ts";
import { accept } from "../../src/http/routes/commands.ts";
import { noQuery, ticketPath } from "../../src/http/schemas/tickets.ts";
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
  })
  .openapi(commandRoute("status", updateStatusBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "UpdateStatus", ...body }), 200);
  })
  .openapi(commandRoute("notes", addAgentNoteBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "AddAgentNote", ...body }), 200);
  })
  .openapi(commandRoute("messages", addMessageBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "AddMessage", ...body }), 200);
  })
  .openapi(commandRoute("assignee", assignTicketBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "AssignTicket", ...body }), 200);
  })
  .openapi(commandRoute("priority", setPriorityBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "SetPriority", ...body }), 200);
  })
  .openapi(commandRoute("tags", setTagsBody), async (c) => {
    const body = c.req.valid("json");
    return c.json(await change(c, c.req.valid("param").id, body, { type: "SetTags", ...body }), 200);
  });

inlineRoutes.post("/tickets/import", ...ndjsonBody, async (c) => {
  const text = await c.req.text();
  const { answer } = await importTickets(c.env, contextOf(c, text), text);
  return c.json({ taken: answer }, 200);
});

function commandRoute<Path extends string, Body extends z.ZodType>(path: Path, body: Body) {
  return createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    middleware: jsonBody,
    request: { params: ticketPath, query: noQuery, body: json(body) },
    responses: DONE,
  });
}

function json<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

async function change(c: Context<Api>, id: string, body: unknown, command: ChangeTicket): Promise<Accepted> {
  return accept(c, await changeInline(c.env, contextOf(c, body), id, command));
}
