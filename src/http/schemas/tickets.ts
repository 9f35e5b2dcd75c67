import { z } from "@hono/zod-openapi";
import { LIMITS, party, priority, status } from "../../commands/schemas.ts";
import { EVENT_TYPES } from "../../domain/events.ts";
import { MAX_ERRORS } from "../../platform/input-errors.ts";
import { PREVIEW_LENGTH } from "../../projection/read-models/ticket-list/ticket-list.ts";
import {
  count,
  givenId,
  instant,
  limit,
  MAX_CURSOR,
  MAX_DETAIL,
  MAX_LIMIT,
  MAX_POINTER,
  MAX_REPEATS,
  nextCursor,
  opaque,
  problemHead,
  several,
  shownProse,
  stale,
  ticketId,
  version,
} from "./common.ts";

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
