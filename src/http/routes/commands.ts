import { createRoute, type OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Accepted, changeTicket, createTicket } from "../../commands/change-ticket.ts";
import type { Outcome } from "../../commands/transact.ts";
import type { ChangeTicket } from "../../domain/decide.ts";
import { type Api, router } from "../api.ts";
import { body, content } from "../contract/content.ts";
import { EXAMPLE_ID } from "../contract/examples.ts";
import type { RouteProblemCode } from "../contract/occurrences.ts";
import { takes } from "../contract/parameters.ts";
import { OF_BODY, OF_TICKET, problems } from "../contract/problems.ts";
import { setToken, tokenAfter, tokenWith } from "../headers/consistency-token.ts";
import { etag } from "../headers/etag.ts";
import { contextOf } from "../headers/preconditions.ts";
import { jsonBody } from "../middleware/body.ts";
import { requires } from "../middleware/roles.ts";
import { COMMANDS, type CommandDefinition, type Commands, createTicketBody } from "../schemas/commands.ts";
import { noQuery, ticketPath } from "../schemas/common.ts";
import { accepted } from "../schemas/tickets.ts";

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

const createRoutes = router().openapi(createTicketRoute, async (c) => {
  const body = c.req.valid("json");
  const outcome = await createTicket(c.env, contextOf(c, body), { type: "CreateTicket", ...body });
  c.header("Location", `/tickets/${outcome.answer.id}`);
  return c.json(accept(c, outcome), 201);
});

/** The types of the routes that the loop adds, for the typed client: successes only. */
type CommandSchema = {
  [Type in keyof Commands as `/tickets/:id/${Commands[Type]["path"]}`]: {
    $post: {
      input: { param: { id: string }; json: z.input<Commands[Type]["body"]> };
      output: z.output<typeof accepted>;
      outputFormat: "json";
      status: 200;
    };
  };
};

const changeRoutes = router() as OpenAPIHono<Api, CommandSchema>;
for (const [type, definition] of Object.entries<CommandDefinition>(COMMANDS)) {
  changeRoutes.openapi(commandRoute(definition), async (c) => {
    const body = c.req.valid("json");
    const { id } = c.req.valid("param");
    // The body was validated by the schema of this type.
    const command = { type, ...body } as ChangeTicket;
    return c.json(accept(c, await changeTicket(c.env, contextOf(c, body), id, command)), 200);
  });
}

export const commandRoutes = router().route("/", createRoutes).route("/", changeRoutes);

function commandRoute({ path, body: schema, bodyDescription, example, refusals, ...texts }: CommandDefinition) {
  return createRoute({
    method: "post",
    path: `/tickets/{id}/${path}`,
    ...requires("agent"),
    ...texts,
    tags: ["Tickets"],
    middleware: jsonBody,
    ...takes("Idempotency-Key", "If-Match", "Consistency-Token"),
    request: { params: ticketPath, query: noQuery, body: body(schema, bodyDescription, example) },
    responses: {
      200: content(
        accepted,
        "The ticket's id and version",
        { id: EXAMPLE_ID, version: 3 },
        "ETag",
        "Consistency-Token",
        "Idempotent-Replayed",
      ),
      ...problems("agent", ...OF_BODY, ...ON_TICKET, ...refusals),
    },
  });
}

/** The answer of a command on a ticket, and its headers. */
export function accept(c: Context<Api>, outcome: Outcome<Accepted>): Accepted {
  const { id, version } = outcome.answer;
  c.header("ETag", etag(version));
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  setToken(c, tokenWith(tokenAfter(c.var.expectation.token, outcome), id, version), outcome.snapshot.newest_seq);
  return { id, version };
}
