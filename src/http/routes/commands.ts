import { createRoute, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { addAgentNoteBody, addMessageBody, createTicketBody, updateStatusBody } from "../../commands/bodies.ts";
import { type Accepted, changeTicket, createTicket, type Outcome } from "../../commands/execute.ts";
import type { ChangeTicket } from "../../commands/ticket.ts";
import { type Api, router } from "../api.ts";
import { jsonBody } from "../body.ts";
import { contextOf } from "../conditions.ts";
import { giveToken, tokenAfter, tokenWith } from "../consistency.ts";
import { etag } from "../etag.ts";
import { accepted, content, noQuery, problems, ticketPath } from "../schemas.ts";

const createTicketRoute = createRoute({
  method: "post",
  path: "/tickets",
  summary: "CreateTicket",
  middleware: jsonBody,
  request: { query: noQuery, body: { ...content(createTicketBody, "The ticket"), required: true } },
  responses: { 201: content(accepted, "Created"), ...problems(400, 401, 409, 413, 415, 422) },
});

const updateStatusRoute = commandRoute("status", "UpdateStatus", updateStatusBody);
const addAgentNoteRoute = commandRoute("notes", "AddAgentNote", addAgentNoteBody);
const addMessageRoute = commandRoute("messages", "AddMessage", addMessageBody);

export const commandRoutes = router()
  .openapi(createTicketRoute, async (c) => {
    const body = c.req.valid("json");
    const outcome = await createTicket(c.env, contextOf(c, body), { type: "CreateTicket", ...body });
    c.header("Location", `/tickets/${outcome.answer.id}`);
    return c.json(accept(c, outcome), 201);
  })
  .openapi(updateStatusRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "UpdateStatus", ...body }), 200);
  })
  .openapi(addAgentNoteRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "AddAgentNote", ...body }), 200);
  })
  .openapi(addMessageRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "AddMessage", ...body }), 200);
  });

function commandRoute<Path extends string, Body extends z.ZodType>(path: Path, summary: string, body: Body) {
  return createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    summary,
    middleware: jsonBody,
    request: { params: ticketPath, query: noQuery, body: { ...content(body, "The command"), required: true } },
    responses: { 200: content(accepted, "Done"), ...problems(400, 401, 404, 409, 413, 415, 422) },
  });
}

async function change(c: Context<Api>, id: string, body: unknown, command: ChangeTicket): Promise<Accepted> {
  return accept(c, await changeTicket(c.env, contextOf(c, body), id, command));
}

/** The headers of a command's answer. */
function accept(c: Context<Api>, outcome: Outcome<Accepted>): Accepted {
  const { id, version } = outcome.answer;
  c.header("ETag", etag(version));
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  giveToken(c, tokenWith(tokenAfter(c.var.expectation.token, outcome), id, version), outcome.seen.newest_seq);
  return { id, version };
}
