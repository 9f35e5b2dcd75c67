import { z } from "@hono/zod-openapi";
import { LIMITS, MAX_TEXT_BYTES, party, priority, status, uuid } from "../../commands/schemas.ts";
import { EVENT_TYPES } from "../../domain/events.ts";
import { MAX_ERRORS } from "../../platform/input-errors.ts";
import { PREVIEW_LENGTH } from "../../projection/read-models/ticket-list/ticket-list.ts";
import { EXAMPLE_ID } from "../contract/examples.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).max(24).openapi({ example: "2026-11-23T08:00:00.000Z" });

// A copy: the original may have been made before its maker learned `openapi`, whatever was imported first.
export const ticketId = uuid.clone().openapi({ description: "The ticket's id, UUIDv7", example: EXAMPLE_ID });

/** How many of something there are: up to the largest integer that all programs read alike (RFC 8259, section 6). */
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const version = count.openapi({ description: "The number of the ticket's events", example: 3 });

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
export const single = z.string({ error: ({ input }) => (Array.isArray(input) ? "must be given once" : undefined) });

/** A whole number in a query: digits only, where a coercion would take "" and "1e1". */
export function wholeNumber(least: number, most: number) {
  return single
    .regex(/^[0-9]{1,9}$/, `must be a whole number from ${least} to ${most}`)
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
  return `repeat the parameter for several: ${String(name)}=${one}&${String(name)}=${others[0]}`;
}

export const limit = wholeNumber(1, MAX_LIMIT).default(20).openapi({
  type: "integer",
  minimum: 1,
  maximum: MAX_LIMIT,
  default: 20,
  description: "Entries a page, at the most",
  example: 20,
});
/** A text that the service gave, in a query. */
const opaque = single.max(MAX_CURSOR);

export const cursor = opaque.optional().openapi({
  description: "`next_cursor` of the page before, with the same filters; opaque",
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
  type: z.string().max(64).openapi({ description: "The type: programs decide by it", example: "/problems/forbidden" }),
  title: z.string().max(100).openapi({ description: "The type in words, the same for every occurrence" }),
  status: z.int().min(400).max(599).openapi({ description: "The status of the answer" }),
  detail: z
    .string()
    .max(MAX_ERRORS * MAX_DETAIL)
    .openapi({ description: "This occurrence, for people" }),
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
              description: "Why nothing was done to this ticket: what its own address would have answered (RFC 9457)",
            }),
          }),
        ]),
      )
      .max(LIMITS.bulk)
      .openapi({ description: "One of each ticket, in the order of `ids`" }),
  })
  .openapi("BulkResult");

const agent_id = givenId.nullable().openapi({ description: "The agent who acted, where the key names one" });

/** What both the list and the details show of a ticket. */
const ticketHead = {
  id: ticketId,
  external_id: givenId.nullable().openapi({ description: "The ticket's id elsewhere, unique in the workspace" }),
  customer_id: givenId
    .nullable()
    .openapi({ description: "Who asks, in the caller's own ids; null where the customer is erased" }),
  subject: z.string().max(LIMITS.subject).nullable().openapi({ description: "Null where the customer is erased" }),
  status,
  priority,
  assignee_id: givenId.nullable().openapi({ description: "The agent who has it" }),
  tags: z.array(z.string().max(LIMITS.importedTag)).max(LIMITS.tags),
};

export const ticketListItem = z
  .object({
    ...ticketHead,
    preview: z
      .string()
      .max(PREVIEW_LENGTH + 1)
      .openapi({ description: "The beginning of the latest public message, in one line; empty where it is erased" }),
    has_note: z.boolean().openapi({ description: "Whether agents have left a note" }),
    note_count: count,
    message_count: count.openapi({ description: "Public messages, the opening one included" }),
    last_message_at: instant,
    last_message_from: party,
    waiting_since: instant.nullable().openapi({ description: "The earliest customer message without an answer" }),
    first_replied_at: instant.nullable().openapi({ description: "The first message of an agent" }),
    resolved_at: instant.nullable().openapi({ description: "The latest resolution, unless it was reopened since" }),
    closed_at: instant.nullable(),
    reopen_count: count.openapi({ description: "How often the ticket went from resolved back to open" }),
    created_at: instant,
    updated_at: instant.openapi({ description: "The latest change: the order of the list" }),
    version,
  })
  .openapi("TicketListItem");

export const nextCursor = z.string().max(MAX_CURSOR).nullable().openapi({ description: "Null on the last page" });

export const ticketPage = z
  .object({
    items: z.array(ticketListItem).max(MAX_LIMIT),
    next_cursor: nextCursor,
    as_of: instant.openapi({ description: "Every change recorded before this is on the page" }),
    stale: stale.openapi({ description: "Tickets of the token that are parked: what they show may be out of date" }),
  })
  .openapi("TicketPage");

export const ticketDetails = z
  .object({
    ...ticketHead,
    follow_up_of: ticketId.nullable().openapi({ description: "The ticket that this one continues" }),
    message: shownProse.nullable().openapi({ description: "The first message" }),
    agent_note: shownProse.nullable().openapi({ description: "The latest note" }),
    created_at: instant,
    updated_at: instant,
    version,
    erased_at: instant.nullable().openapi({ description: "When the customer was erased, and with them all texts" }),
    conversation: z.object({
      items: z
        .array(
          z.object({
            version,
            kind: z.enum(["message", "note"]).openapi({ description: "`note`: private to agents" }),
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
      description: `${EVENT_TYPES.map((type) => `\`${type}\``).join(", ")}; others may come`,
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
});

export const historyPage = z
  .object({ items: z.array(historyItem).max(MAX_LIMIT), next_cursor: nextCursor })
  .openapi("HistoryPage");

const eventType = z.enum(EVENT_TYPES);

/** The query of the feed. */
export const feedQuery = z.strictObject({
  after: opaque.optional().openapi({
    description:
      "`next_cursor` of an earlier answer: the events after it. Without it, from the first one on; `latest`: none that there is so far",
    example: "latest",
  }),
  limit,
  types: several(eventType)
    .default([])
    .openapi({
      type: "array",
      items: { type: "string", enum: [...EVENT_TYPES] },
      maxItems: MAX_REPEATS,
      description: "Any of these: repeat it for several. A cursor goes on with other ones, too",
      example: ["ticket.created", "status.updated"],
    }),
});

export const feedPage = z
  .object({
    items: z.array(z.object({ ticket_id: ticketId, ...historyItem.shape })).max(MAX_LIMIT),
    next_cursor: z
      .string()
      .max(MAX_CURSOR)
      .openapi({ description: "Where the feed goes on, now or at any later time. Never null, so that it can be kept" }),
    has_more: z.boolean().openapi({
      description:
        "Whether events come after this page already. With `types`, perhaps only others: a page may be empty",
    }),
  })
  .openapi("FeedPage");

export const importResult = z
  .object({
    taken: count.openapi({ description: "Tickets that are new" }),
    repeated: count.openapi({ description: "Lines whose external_id was there already" }),
    refused_count: count.openapi({ description: "Lines that were not taken" }),
    refused: z
      .array(
        z.object({
          line: count.min(1).openapi({ description: "From 1, blank lines counted" }),
          external_id: givenId.nullable(),
          errors: z
            .array(
              z.object({
                detail: z.string().max(MAX_DETAIL),
                pointer: z
                  .string()
                  .max(MAX_POINTER)
                  .openapi({ description: "Into the line: a JSON pointer (RFC 6901)" }),
              }),
            )
            .max(MAX_ERRORS),
        }),
      )
      .max(1_000)
      .openapi({ description: "The first 1,000 of these lines; fewer if that would be more than 1 MB" }),
    refused_truncated: z.boolean().openapi({ description: "Whether more lines were refused than `refused` has" }),
    next_line: count
      .min(1)
      .nullable()
      .openapi({
        description:
          "The first line that was not looked at, because one request may make only so many database calls: send the lines from this one " +
          "on in another request, with another Idempotency-Key. Null: all lines were looked at",
      }),
    recorded_at: instant
      .nullable()
      .openapi({ description: "When the database took the last of them; null where it took none" }),
  })
  .openapi("ImportResult");
