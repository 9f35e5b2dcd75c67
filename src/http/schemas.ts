import { z } from "@hono/zod-openapi";
import { party, priority, status, uuid } from "../commands/bodies.ts";
import { EVENT_TYPES } from "../commands/ticket.ts";
import { EXAMPLE_ID } from "./contract/examples.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).openapi({ example: "2026-11-23T08:00:00.000Z" });

export const ticketId = uuid.openapi({ description: "The ticket's id, UUIDv7", example: EXAMPLE_ID });
export const version = z.int().openapi({ description: "The number of the ticket's events", example: 3 });

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
            status: z.literal([404, 409]).openapi({ type: "integer", enum: [404, 409] }),
            problem: z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() }).openapi({
              description: "Why nothing was done to this ticket: what its own address would have answered (RFC 9457)",
            }),
          }),
        ]),
      )
      .openapi({ description: "One of each ticket, in the order of `ids`" }),
  })
  .openapi("BulkResult");

const agent_id = z.string().nullable().openapi({ description: "The agent who acted, where the key names one" });

/** What both the list and the details show of a ticket. */
const ticketHead = {
  id: ticketId,
  external_id: z.string().nullable().openapi({ description: "The ticket's id elsewhere, unique in the workspace" }),
  customer_id: z
    .string()
    .nullable()
    .openapi({ description: "Who asks, in the caller's own ids; null where the customer is erased" }),
  subject: z.string().nullable().openapi({ description: "Null where the customer is erased" }),
  status,
  priority,
  assignee_id: z.string().nullable().openapi({ description: "The agent who has it" }),
  tags: z.array(z.string()),
};

export const ticketListItem = z
  .object({
    ...ticketHead,
    preview: z
      .string()
      .openapi({ description: "The beginning of the latest public message, in one line; empty where it is erased" }),
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
    erased_at: instant.nullable().openapi({ description: "When the customer was erased, and with them all texts" }),
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

const historyItem = z.object({
  version,
  type: z.string().openapi({
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

export const historyPage = z.object({ items: z.array(historyItem), next_cursor: nextCursor }).openapi("HistoryPage");

const eventType = z.enum(EVENT_TYPES);

/** The query of the feed. */
export const feedQuery = z.strictObject({
  after: single.optional().openapi({
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
      description: "Any of these: repeat it for several. A cursor goes on with other ones, too",
      example: ["ticket.created", "status.updated"],
    }),
});

export const feedPage = z
  .object({
    items: z.array(z.object({ ticket_id: ticketId, ...historyItem.shape })),
    next_cursor: z
      .string()
      .openapi({ description: "Where the feed goes on, now or at any later time. Never null, so that it can be kept" }),
    has_more: z.boolean().openapi({
      description:
        "Whether events come after this page already. With `types`, perhaps only others: a page may be empty",
    }),
  })
  .openapi("FeedPage");

export const importResult = z
  .object({
    taken: z.int().openapi({ description: "Tickets that are new" }),
    repeated: z.int().openapi({ description: "Lines whose external_id was there already" }),
    refused_count: z.int().openapi({ description: "Lines that were not taken" }),
    refused: z
      .array(
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
      )
      .max(1_000)
      .openapi({ description: "The first 1,000 of these lines; fewer if that would be more than 1 MB" }),
    refused_truncated: z.boolean().openapi({ description: "Whether more lines were refused than `refused` has" }),
    next_line: z
      .int()
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
