import { createRoute, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Accepted, changeTicket, createTicket } from "../../commands/change-ticket.ts";
import {
  addAgentNoteBody,
  addMessageBody,
  assignTicketBody,
  createTicketBody,
  setPriorityBody,
  setTagsBody,
  updateStatusBody,
} from "../../commands/schemas.ts";
import type { Outcome } from "../../commands/transact.ts";
import type { ChangeTicket } from "../../domain/commands.ts";
import { type Api, router } from "../api.ts";
import { body, content } from "../contract/content.ts";
import { EXAMPLE_ID } from "../contract/examples.ts";
import type { RouteProblemCode } from "../contract/occurrences.ts";
import { takes } from "../contract/parameters.ts";
import { OF_BODY, OF_TICKET, problems } from "../contract/problems.ts";
import { carryToken, tokenAfter, tokenWith } from "../headers/consistency-token.ts";
import { etag } from "../headers/etag.ts";
import { contextOf } from "../headers/preconditions.ts";
import { jsonBody } from "../middleware/body.ts";
import { requires } from "../middleware/roles.ts";
import { accepted, noQuery, ticketPath } from "../schemas/tickets.ts";

/** What every command on a ticket can be refused with. */
const ON_TICKET = [
  ...OF_TICKET,
  "concurrent-change",
  "precondition-failed",
  "idempotency-key-reused",
] as const satisfies RouteProblemCode[];

const createTicketRoute = createRoute({
  method: "post",
  path: "/tickets",
  ...requires("agent"),
  operationId: "createTicket",
  tags: ["Tickets"],
  summary: "Create a ticket",
  description: "It is open, and its `message` opens the conversation.",
  middleware: jsonBody,
  ...takes("Idempotency-Key", "Consistency-Token"),
  request: {
    query: noQuery,
    body: body(createTicketBody, "The ticket", {
      customer_id: "cus_4711",
      subject: "The invoice of October is missing",
      message: "Hello,\nI cannot find the invoice of October.",
      tags: ["billing"],
    }),
  },
  responses: {
    201: content(
      accepted,
      "It is there",
      { id: EXAMPLE_ID, version: 1 },
      "Location",
      "ETag",
      "Consistency-Token",
      "Idempotent-Replayed",
    ),
    ...problems("agent", ...OF_BODY, "unknown-follow-up", "external-id-taken", "idempotency-key-reused"),
  },
});

const updateStatusRoute = commandRoute("status", {
  operationId: "updateStatus",
  summary: "Change the status",
  description:
    "Open, pending and resolved tickets can be closed, open and pending ones resolved, open ones set to pending, pending and " +
    "resolved ones reopened. Closed is final. The same status again changes nothing.",
  command: body(updateStatusBody, "The new status", { new_status: "pending" }),
  refusals: ["ticket-closed", "transition-not-allowed"],
});

const addAgentNoteRoute = commandRoute("notes", {
  operationId: "addAgentNote",
  summary: "Add a note",
  description: "Notes are private to agents. A closed ticket takes them, too.",
  command: body(addAgentNoteBody, "The note", { note: "Sent by post on the 3rd." }),
  refusals: ["ticket-erased"],
});

const addMessageRoute = commandRoute("messages", {
  operationId: "addMessage",
  summary: "Add a message",
  description:
    "A customer's message on a pending or resolved ticket reopens it. A closed ticket takes none: create a new one with `follow_up_of`.",
  command: body(addMessageBody, "The message", { from: "agent", body: "It is on its way to you." }),
  refusals: ["ticket-closed", "ticket-erased"],
});

const assignTicketRoute = commandRoute("assignee", {
  operationId: "assignTicket",
  summary: "Assign the ticket",
  description: "To an agent, or to nobody. A closed ticket can be assigned, too. The same agent again changes nothing.",
  command: body(assignTicketBody, "The agent", { assignee_id: "ada" }),
  refusals: [],
});

const setPriorityRoute = commandRoute("priority", {
  operationId: "setPriority",
  summary: "Set the priority",
  description: "The same priority again changes nothing.",
  command: body(setPriorityBody, "The priority", { priority: "high" }),
  refusals: [],
});

const setTagsRoute = commandRoute("tags", {
  operationId: "setTags",
  summary: "Set the tags",
  description:
    "They replace those that the ticket had. Up to 20, each of up to 50 characters. The same tags again change nothing.",
  command: body(setTagsBody, "All tags", { tags: ["billing", "invoice"] }),
  refusals: ["ticket-erased"],
});

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
  })
  .openapi(assignTicketRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "AssignTicket", ...body }), 200);
  })
  .openapi(setPriorityRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "SetPriority", ...body }), 200);
  })
  .openapi(setTagsRoute, async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    return c.json(await change(c, id, body, { type: "SetTags", ...body }), 200);
  });

type OfCommand = (typeof OF_BODY | typeof ON_TICKET)[number];

interface CommandDefinition<Body extends z.ZodType, Code extends RouteProblemCode> {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly command: ReturnType<typeof body<Body>>;
  /** What its rules can refuse with. */
  readonly refusals: readonly Code[];
}

function commandRoute<Path extends string, Body extends z.ZodType, Code extends RouteProblemCode>(
  path: Path,
  { command, refusals, ...texts }: CommandDefinition<Body, Code>,
) {
  return createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    ...requires("agent"),
    ...texts,
    tags: ["Tickets"],
    middleware: jsonBody,
    ...takes("Idempotency-Key", "If-Match", "Consistency-Token"),
    request: { params: ticketPath, query: noQuery, body: command },
    responses: {
      200: content(
        accepted,
        "It is done",
        { id: EXAMPLE_ID, version: 3 },
        "ETag",
        "Consistency-Token",
        "Idempotent-Replayed",
      ),
      ...problems<"agent", OfCommand | Code>("agent", ...OF_BODY, ...ON_TICKET, ...refusals),
    },
  });
}

async function change(c: Context<Api>, id: string, body: unknown, command: ChangeTicket): Promise<Accepted> {
  return accept(c, await changeTicket(c.env, contextOf(c, body), id, command));
}

/** The answer of a command on a ticket, and its headers. */
export function accept(c: Context<Api>, outcome: Outcome<Accepted>): Accepted {
  const { id, version } = outcome.answer;
  c.header("ETag", etag(version));
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  carryToken(c, tokenWith(tokenAfter(c.var.expectation.token, outcome), id, version), outcome.snapshot.newest_seq);
  return { id, version };
}
