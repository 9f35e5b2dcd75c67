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
  description: "The new ticket is open. Its `message` is the first message of the conversation.",
  middleware: jsonBody,
  ...takes("Idempotency-Key", "Consistency-Token"),
  request: {
    query: noQuery,
    body: body(createTicketBody, "The new ticket", {
      customer_id: "cus_4711",
      subject: "The invoice of October is missing",
      message: "Hello,\nI cannot find the invoice of October.",
      tags: ["billing"],
    }),
  },
  responses: {
    201: content(
      accepted,
      "The ticket was created",
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
  summary: "Change a ticket's status",
  description:
    "An open ticket can become pending, resolved or closed. A pending ticket can become open, resolved or closed. A resolved ticket can " +
    "become open or closed. A closed ticket stays closed. Setting the current status again is a no-op.",
  command: body(updateStatusBody, "The new status", { new_status: "pending" }),
  refusals: ["ticket-closed", "transition-not-allowed"],
});

const addAgentNoteRoute = commandRoute("notes", {
  operationId: "addAgentNote",
  summary: "Add a note to a ticket",
  description: "Notes are private to agents. A closed ticket also accepts notes.",
  command: body(addAgentNoteBody, "The note", { note: "Sent by post on the 3rd." }),
  refusals: ["ticket-erased"],
});

const addMessageRoute = commandRoute("messages", {
  operationId: "addMessage",
  summary: "Add a message to a ticket",
  description:
    "A customer's message reopens a pending or resolved ticket. A closed ticket accepts no messages: create a new ticket with " +
    "`follow_up_of`.",
  command: body(addMessageBody, "The message", { from: "agent", body: "It is on its way to you." }),
  refusals: ["ticket-closed", "ticket-erased"],
});

const assignTicketRoute = commandRoute("assignee", {
  operationId: "assignTicket",
  summary: "Assign a ticket",
  description:
    "Assigns the ticket to an agent or to nobody. A closed ticket can also be assigned. Assigning it to the same agent again is a no-op.",
  command: body(assignTicketBody, "The agent", { assignee_id: "ada" }),
  refusals: [],
});

const setPriorityRoute = commandRoute("priority", {
  operationId: "setPriority",
  summary: "Set a ticket's priority",
  description: "Setting the current priority again is a no-op.",
  command: body(setPriorityBody, "The new priority", { priority: "high" }),
  refusals: [],
});

const setTagsRoute = commandRoute("tags", {
  operationId: "setTags",
  summary: "Set a ticket's tags",
  description:
    "Replaces all tags of the ticket. A ticket has at most 20 tags of up to 50 characters each. Setting the same tags again is a no-op.",
  command: body(setTagsBody, "The new tags", { tags: ["billing", "invoice"] }),
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
        "The ticket's id and version",
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
