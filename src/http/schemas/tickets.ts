import { z } from "@hono/zod-openapi";
import { LIMITS, MAX_TEXT_BYTES, party, priority, status, uuid } from "../../commands/schemas.ts";
import { EVENT_TYPES } from "../../domain/events.ts";
import { MAX_ERRORS } from "../../platform/input-errors.ts";
import { PREVIEW_LENGTH } from "../../projection/read-models/ticket-list/ticket-list.ts";
import { EXAMPLE_ID } from "../contract/examples.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).max(24).openapi({ example: "2026-11-23T08:00:00.000Z" });

// A copy: the original may have been made before its maker learned `openapi`, whatever was imported first.
export const ticketId = uuid.clone().openapi({ description: "The ticket's id (UUIDv7)", example: EXAMPLE_ID });

/** How many of something there are: up to the largest integer that all programs read alike (RFC 8259, section 6). */
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const version = count.openapi({ description: "The ticket's version: the number of its events", example: 3 });

/** An id that a caller gave, in an answer. */
export const givenId = z.string().max(LIMITS.id);

/** The text of a message or a note, in an answer: bytes of UTF-8 are at least as many as characters. */
const shownProse = z.string().max(MAX_TEXT_BYTES);

/** Characters of a time: it may have any offset, and more digits of a second than the service keeps. */
export const MAX_TIME = 64;

/** Entries of a page, at most. */
const MAX_LIMIT = 100;

/** Characters of a cursor, at most: it holds a position, which is two numbers or the id of an agent. */
const MAX_CURSOR = 2_000;

/** Tickets that the tokens of a request can name, at most: a header has 8 KB, and a ticket takes 36 characters of it. */
const MAX_STALE = 250;

/** `/tickets/{id}` */
export const ticketPath = z.object({ id: ticketId });

/** A route that takes no parameters refuses all: who sends one expects that it does something. */
export const noQuery = z.strictObject({});

/** A parameter that takes one value; repeated, it comes as a list. */
export const single = z.string({
  error: ({ input }) => (Array.isArray(input) ? "must be given only once" : undefined),
});

/** A whole number in a query: digits only, where a coercion would take "" and "1e1". */
export function wholeNumber(least: number, most: number) {
  return single
    .regex(/^[0-9]{1,9}$/, `must be an integer from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
}

/** How often a parameter may be repeated. */
export const MAX_REPEATS = 20;

/** A parameter that may be repeated: a list of its values. */
export function several<Value extends z.ZodType<string>>(value: Value) {
  return z
    .union([value.transform((one) => [one]), z.array(value)], {
      error: (issue) => (value instanceof z.ZodEnum ? commaSeparated(issue, value) : undefined),
    })
    .refine((values) => values.length <= MAX_REPEATS, `must not be given more than ${MAX_REPEATS} times`);
}

function commaSeparated({ input, path: [name = ""] = [] }: z.core.$ZodRawIssue, value: z.ZodEnum): string | undefined {
  const [one, ...others] = typeof input === "string" ? input.split(",") : [];
  if (others.length === 0 || ![one, ...others].every((part) => value.safeParse(part).success)) return undefined;
  return `repeat the parameter for several values: ${String(name)}=${one}&${String(name)}=${others[0]}`;
}

export const limit = wholeNumber(1, MAX_LIMIT).default(20).openapi({
  type: "integer",
  minimum: 1,
  maximum: MAX_LIMIT,
  default: 20,
  description: "The maximum number of entries on a page",
  example: 20,
});
/** A text that the service gave, in a query. */
const opaque = single.max(MAX_CURSOR);

export const cursor = opaque.optional().openapi({
  description: "The `next_cursor` of the previous page. Send the same filters and order",
  example: "Zm9yIGV4YW1wbGU",
});

/** `?limit&cursor` */
export const pageQuery = z.strictObject({ limit, cursor });

/** Tickets of the reader's token that are parked. */
export const stale = z.array(ticketId).max(MAX_STALE).optional();

/** Characters of an error's text, and of its place. */
export const MAX_DETAIL = 1_000;
export const MAX_POINTER = 1_000;

/** What each problem has in common with others of its type, and its own text. */
export const problemHead = {
  type: z
    .string()
    .max(64)
    .openapi({ description: "The problem type. Branch on this value", example: "/problems/forbidden" }),
  title: z.string().max(100).openapi({ description: "A short description of the type" }),
  status: z.int().min(400).max(599).openapi({ description: "The HTTP status code" }),
  detail: z
    .string()
    .max(MAX_ERRORS * MAX_DETAIL)
    .openapi({ description: "An explanation of this occurrence, for people" }),
};

/** The answer to a command. */
export const accepted = z.object({ id: ticketId, version }).openapi("Accepted");

/** The answer to a bulk. */
export const bulkResult = z
  .object({
    results: z
      .array(
        z.discriminatedUnion("status", [
          z.object({ id: ticketId, status: z.literal(200), version }),
          z.object({
            id: ticketId,
            status: z.literal([404, 409]).openapi({ type: "integer", enum: [404, 409], minimum: 404, maximum: 409 }),
            problem: z.object(problemHead).openapi({
              description: "Why the ticket was not changed (RFC 9457)",
            }),
          }),
        ]),
      )
      .max(LIMITS.bulk)
      .openapi({ description: "One result for each ticket, in the order of `ids`" }),
  })
  .openapi("BulkResult");

const agent_id = givenId.nullable().openapi({ description: "The agent who acted; null if unknown" });

/** What both the list and the details show of a ticket. */
const ticketHead = {
  id: ticketId,
  external_id: givenId.nullable().openapi({ description: "The ticket's id in your system, unique in the workspace" }),
  customer_id: givenId
    .nullable()
    .openapi({ description: "The customer's id in your system; null if the customer is erased" }),
  subject: z.string().max(LIMITS.subject).nullable().openapi({ description: "Null if the customer is erased" }),
  status,
  priority,
  assignee_id: givenId
    .nullable()
    .openapi({ description: "The agent to whom the ticket is assigned; null if unassigned" }),
  tags: z.array(z.string().max(LIMITS.importedTag)).max(LIMITS.tags),
};

export const ticketListItem = z
  .object({
    ...ticketHead,
    preview: z
      .string()
      .max(PREVIEW_LENGTH + 1)
      .openapi({
        description: "The beginning of the latest public message, on one line; empty if the customer is erased",
      }),
    has_note: z.boolean().openapi({ description: "True if the ticket has a note" }),
    note_count: count,
    message_count: count.openapi({ description: "Public messages, including the first" }),
    last_message_at: instant,
    last_message_from: party,
    waiting_since: instant.nullable().openapi({ description: "The time of the earliest unanswered customer message" }),
    first_replied_at: instant.nullable().openapi({ description: "The time of the first message by an agent" }),
    resolved_at: instant
      .nullable()
      .openapi({ description: "The time of the latest resolution; null if never resolved, or reopened since" }),
    closed_at: instant.nullable(),
    reopen_count: count.openapi({ description: "How often a resolved ticket was reopened" }),
    created_at: instant,
    updated_at: instant.openapi({ description: "The time of the latest change" }),
    version,
  })
  .openapi("TicketListItem");

export const nextCursor = z
  .string()
  .max(MAX_CURSOR)
  .nullable()
  .openapi({ description: "The cursor of the next page; null on the last page" });

export const ticketPage = z
  .object({
    items: z.array(ticketListItem).max(MAX_LIMIT),
    next_cursor: nextCursor,
    as_of: instant.openapi({ description: "The page includes every change recorded before this time" }),
    stale: stale.openapi({ description: "Parked tickets that the token covers. Their rows may be out of date" }),
  })
  .openapi("TicketPage");

export const ticketDetails = z
  .object({
    ...ticketHead,
    follow_up_of: ticketId.nullable().openapi({ description: "The ticket that this ticket follows up on" }),
    message: shownProse.nullable().openapi({ description: "The first message of the conversation" }),
    agent_note: shownProse.nullable().openapi({ description: "The latest note" }),
    created_at: instant,
    updated_at: instant,
    version,
    erased_at: instant.nullable().openapi({ description: "The time when the ticket was erased" }),
    conversation: z.object({
      items: z
        .array(
          z.object({
            version,
            kind: z.enum(["message", "note"]).openapi({ description: "A `note` is private to agents" }),
            from: party,
            agent_id,
            body: shownProse.nullable(),
            created_at: instant,
          }),
        )
        .max(MAX_LIMIT),
      next_cursor: nextCursor,
    }),
  })
  .openapi("TicketDetails");

const historyItem = z.object({
  version,
  type: z
    .string()
    .max(64)
    .openapi({
      description: `${EVENT_TYPES.map((type) => `\`${type}\``).join(", ")}. Later versions may add types`,
      example: "status.updated",
    }),
  agent_id,
  occurred_at: instant.openapi({ description: "When the event happened, according to its sender" }),
  recorded_at: instant.openapi({ description: "When the database recorded the event, by the database's clock" }),
  data: z.record(z.string(), z.json()).openapi({
    type: "object",
    additionalProperties: true,
    description: "The data of the event; the fields depend on `type`",
    example: { status: "pending", previous_status: "open" },
  }),
});

export const historyPage = z
  .object({ items: z.array(historyItem).max(MAX_LIMIT), next_cursor: nextCursor })
  .openapi("HistoryPage");

const eventType = z.enum(EVENT_TYPES);

/** The query of the feed. */
export const feedQuery = z.strictObject({
  after: opaque.optional().openapi({
    description:
      "The `next_cursor` of an earlier response. Without it, the feed starts at the first event; with `latest`, after the newest event",
    example: "latest",
  }),
  limit,
  types: several(eventType)
    .default([])
    .openapi({
      type: "array",
      items: { type: "string", enum: [...EVENT_TYPES] },
      maxItems: MAX_REPEATS,
      description:
        "Event types to return. Repeat the parameter for several types. A cursor also works with other types",
      example: ["ticket.created", "status.updated"],
    }),
});

export const feedPage = z
  .object({
    items: z.array(z.object({ ticket_id: ticketId, ...historyItem.shape })).max(MAX_LIMIT),
    next_cursor: z
      .string()
      .max(MAX_CURSOR)
      .openapi({ description: "The position after this page. Never null and never expires" }),
    has_more: z.boolean().openapi({
      description: "True if the log has events after this page. With `types`, they may be of other types",
    }),
  })
  .openapi("FeedPage");

export const importResult = z
  .object({
    taken: count.openapi({ description: "Tickets created" }),
    repeated: count.openapi({ description: "Lines skipped because their `external_id` already exists" }),
    refused_count: count.openapi({ description: "Invalid lines" }),
    refused: z
      .array(
        z.object({
          line: count.min(1).openapi({ description: "The number of the line. The first line is 1; blank lines count" }),
          external_id: givenId.nullable(),
          errors: z
            .array(
              z.object({
                detail: z.string().max(MAX_DETAIL),
                pointer: z
                  .string()
                  .max(MAX_POINTER)
                  .openapi({ description: "A JSON pointer into the line (RFC 6901)" }),
              }),
            )
            .max(MAX_ERRORS),
        }),
      )
      .max(1_000)
      .openapi({ description: "The first 1,000 invalid lines, or fewer if they exceed 1 MB" }),
    refused_truncated: z.boolean().openapi({ description: "True if `refused` does not include all invalid lines" }),
    next_line: count
      .min(1)
      .nullable()
      .openapi({
        description:
          "The first unprocessed line, if the request reached its limit of database calls. Send the lines from here in another request with " +
          "a new Idempotency-Key. Null if all lines were processed",
      }),
    recorded_at: instant
      .nullable()
      .openapi({ description: "When the database recorded the last ticket; null if no ticket was created" }),
  })
  .openapi("ImportResult");
