import { createRoute, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { addAgentNoteBody, addMessageBody, createTicketBody, updateStatusBody } from "../../commands/bodies.ts";
import { type Accepted, changeTicket, createTicket } from "../../commands/execute.ts";
import type { ChangeTicket } from "../../commands/ticket.ts";
import { type Api, router } from "../api.ts";
import { jsonBody } from "../body.ts";
import { etag } from "../etag.ts";
import { accepted, content, problems, ticketPath } from "../schemas.ts";

const createTicketRoute = createRoute({
  method: "post",
  path: "/tickets",
  summary: "CreateTicket",
  middleware: jsonBody,
  request: { body: { ...content(createTicketBody, "The ticket"), required: true } },
  responses: { 201: content(accepted, "Created"), ...problems(400, 401, 409, 413, 415, 422) },
});

const updateStatusRoute = commandRoute("status", "UpdateStatus", updateStatusBody);
const addAgentNoteRoute = commandRoute("notes", "AddAgentNote", addAgentNoteBody);
const addMessageRoute = commandRoute("messages", "AddMessage", addMessageBody);

export const commandRoutes = router()
  .openapi(createTicketRoute, async (c) => {
    const ticket = await createTicket(c.env, c.var.caller, { type: "CreateTicket", ...c.req.valid("json") });
    c.header("Location", `/tickets/${ticket.id}`);
    c.header("ETag", etag(ticket.version));
    return c.json(ticket, 201);
  })
  .openapi(updateStatusRoute, async (c) => {
    const { id } = c.req.valid("param");
    return changed(c, await change(c, id, { type: "UpdateStatus", ...c.req.valid("json") }));
  })
  .openapi(addAgentNoteRoute, async (c) => {
    const { id } = c.req.valid("param");
    return changed(c, await change(c, id, { type: "AddAgentNote", ...c.req.valid("json") }));
  })
  .openapi(addMessageRoute, async (c) => {
    const { id } = c.req.valid("param");
    return changed(c, await change(c, id, { type: "AddMessage", ...c.req.valid("json") }));
  });

function commandRoute<Path extends string, Body extends z.ZodType>(path: Path, summary: string, body: Body) {
  return createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    summary,
    middleware: jsonBody,
    request: { params: ticketPath, body: { ...content(body, "The command"), required: true } },
    responses: { 200: content(accepted, "Done"), ...problems(400, 401, 404, 409, 413, 415, 422) },
  });
}

function change(c: Context<Api>, id: string, command: ChangeTicket): Promise<Accepted> {
  return changeTicket(c.env, c.var.caller, id, command);
}

function changed(c: Context<Api>, ticket: Accepted) {
  c.header("ETag", etag(ticket.version));
  return c.json(ticket, 200);
}
