import { z } from "@hono/zod-openapi";
import { foreignId, party, priority, status } from "../commands/bodies.ts";
import { EXAMPLE_ID } from "./contract/examples.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).openapi({ example: "2026-11-23T08:00:00.000Z" });

export const ticketId = z.uuid().openapi({ description: "The ticket's id, UUIDv7", example: EXAMPLE_ID });
export const version = z.int().openapi({ description: "The number of the ticket's events", example: 3 });

/** `/tickets/{id}` */
export const ticketPath = z.object({ id: ticketId });

/** A route that takes no parameters refuses all: who sends one expects that it does something. */
export const noQuery = z.strictObject({});

/** A parameter that takes one value; repeated, it comes as a list. */
const single = z.string({ error: ({ input }) => (Array.isArray(input) ? "must be given once" : undefined) });

/** A whole number in a query: digits only, where a coercion would take "" and "1e1". */
function wholeNumber(least: number, most: number) {
  return single
    .regex(/^[0-9]{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
}

export const limit = wholeNumber(1, 100).default(20).openapi({
  type: "integer",
  minimum: 1,
  maximum: 100,
  default: 20,
  description: "Entries a page, at the most",
  example: 20,
});
export const cursor = single.optional().openapi({
  description: "`next_cursor` of the page before, with the same filters; opaque",
  example: "Zm9yIGV4YW1wbGU",
});

/** `?limit&cursor` */
export const pageQuery = z.strictObject({ limit, cursor });

/** The query of the ticket list. */
export const listQuery = z
  .strictObject({
    status: z
      .union([status.transform((one) => [one]), z.array(status)], {
        error: `must be one of ${status.options.join(", ")}`,
      })
      .default([])
      .openapi({
        type: "array",
        items: { type: "string", enum: status.options },
        description: "Any of these: repeat it for several",
        example: ["open", "pending"],
      }),
    has_note: single
      .pipe(z.enum(["true", "false"]))
      .transform((value) => value === "true")
      .optional()
      .openapi({ type: "boolean", description: "Whether agents have left a note", example: true }),
    customer_id: single
      .pipe(foreignId)
      .optional()
      .openapi({ type: "string", minLength: 1, maxLength: 200, description: "One customer", example: "cus_4711" }),
    limit,
    cursor,
    skip: wholeNumber(0, 10_000).optional().openapi({
      type: "integer",
      minimum: 0,
      maximum: 10_000,
      description: "Entries to leave out, for trying by hand: each of them is read. Not with `cursor`",
      example: 0,
    }),
  })
  .refine(({ skip, cursor }) => skip === undefined || cursor === undefined, {
    error: "cannot be used with cursor, which knows its place",
    path: ["skip"],
  });

/** The answer to a command. */
export const accepted = z.object({ id: ticketId, version }).openapi("Accepted");

const agent_id = z.string().nullable().openapi({ description: "The agent who acted, where the key names one" });

/** What both the list and the details show of a ticket. */
const ticketHead = {
  id: ticketId,
  external_id: z.string().nullable().openapi({ description: "The ticket's id elsewhere, unique in the workspace" }),
  customer_id: z.string().openapi({ description: "Who asks, in the caller's own ids" }),
  subject: z.string(),
  status,
  priority,
  assignee_id: z.string().nullable().openapi({ description: "The agent who has it" }),
  tags: z.array(z.string()),
};

export const ticketListItem = z
  .object({
    ...ticketHead,
    preview: z.string().openapi({ description: "The beginning of the latest public message, in one line" }),
    has_note: z.boolean().openapi({ description: "Whether agents have left a note" }),
    note_count: z.int(),
    message_count: z.int().openapi({ description: "Public messages, the opening one included" }),
    last_message_at: instant,
    last_message_from: party,
    waiting_since: instant.nullable().openapi({ description: "The earliest customer message without an answer" }),
    first_replied_at: instant.nullable().openapi({ description: "The first message of an agent" }),
    resolved_at: instant.nullable().openapi({ description: "The latest resolution, unless it was reopened since" }),
    closed_at: instant.nullable(),
    reopen_count: z.int().openapi({ description: "How often the ticket went from resolved back to open" }),
    created_at: instant,
    updated_at: instant.openapi({ description: "The latest change: the order of the list" }),
    version,
  })
  .openapi("TicketListItem");

export const nextCursor = z.string().nullable().openapi({ description: "Null on the last page" });

export const ticketPage = z
  .object({
    items: z.array(ticketListItem),
    next_cursor: nextCursor,
    as_of: instant.openapi({ description: "Every change recorded before this is on the page" }),
    stale: z
      .array(ticketId)
      .optional()
      .openapi({ description: "Tickets of the token that are parked: what they show may be out of date" }),
  })
  .openapi("TicketPage");

export const ticketDetails = z
  .object({
    ...ticketHead,
    follow_up_of: ticketId.nullable().openapi({ description: "The ticket that this one continues" }),
    message: z.string().nullable().openapi({ description: "The first message" }),
    agent_note: z.string().nullable().openapi({ description: "The latest note" }),
    created_at: instant,
    updated_at: instant,
    version,
    conversation: z.object({
      items: z.array(
        z.object({
          version,
          kind: z.enum(["message", "note"]).openapi({ description: "`note`: private to agents" }),
          from: party,
          agent_id,
          body: z.string().nullable(),
          created_at: instant,
        }),
      ),
      next_cursor: nextCursor,
    }),
  })
  .openapi("TicketDetails");

export const historyPage = z
  .object({
    items: z.array(
      z.object({
        version,
        type: z.string().openapi({
          description: "`ticket.created`, `message.added`, `note.added` or `status.updated`; others may come",
          example: "status.updated",
        }),
        agent_id,
        occurred_at: instant.openapi({ description: "When it happened, by whoever tells of it" }),
        recorded_at: instant.openapi({ description: "When the database took it, by its own clock" }),
        data: z.record(z.string(), z.json()).openapi({
          type: "object",
          additionalProperties: true,
          description: "What the event says, by its type",
          example: { status: "pending", previous_status: "open" },
        }),
      }),
    ),
    next_cursor: nextCursor,
  })
  .openapi("HistoryPage");

export const importResult = z
  .object({
    taken: z.int().openapi({ description: "Tickets that are new" }),
    repeated: z.int().openapi({ description: "Lines whose external_id was there already" }),
    refused: z.array(
      z.object({
        line: z.int().openapi({ description: "From 1, blank lines counted" }),
        external_id: z.string().nullable(),
        errors: z.array(
          z.object({
            detail: z.string(),
            pointer: z.string().openapi({ description: "Into the line: a JSON pointer (RFC 6901)" }),
          }),
        ),
      }),
    ),
    recorded_at: instant
      .nullable()
      .openapi({ description: "When the database took the last of them; null where it took none" }),
  })
  .openapi("ImportResult");
