import { z } from "@hono/zod-openapi";
import { foreignId, party, priority, status } from "../commands/bodies.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).openapi({ example: "2026-11-23T08:00:00.000Z" });

export const ticketId = z.uuid().openapi({ description: "UUIDv7", example: "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b" });
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

const limit = wholeNumber(1, 100)
  .default(20)
  .openapi({ type: "integer", minimum: 1, maximum: 100, default: 20, description: "Entries a page, at the most" });
const cursor = single.optional().openapi({ description: "`next_cursor` of the page before" });

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
      .openapi({ type: "array", items: { type: "string", enum: status.options }, description: "Any of these" }),
    has_note: single
      .pipe(z.enum(["true", "false"]))
      .transform((value) => value === "true")
      .optional()
      .openapi({ type: "boolean" }),
    customer_id: single.pipe(foreignId).optional(),
    limit,
    cursor,
    skip: wholeNumber(0, 10_000)
      .optional()
      .openapi({ type: "integer", minimum: 0, maximum: 10_000, description: "For trying by hand; not with cursor" }),
  })
  .refine(({ skip, cursor }) => skip === undefined || cursor === undefined, {
    error: "cannot be used with cursor, which knows its place",
    path: ["skip"],
  });

/** The answer to a command. */
export const accepted = z.object({ id: ticketId, version }).openapi("Accepted");

/** What both the list and the details show of a ticket. */
const ticketHead = {
  id: ticketId,
  external_id: z.string().nullable(),
  customer_id: z.string(),
  subject: z.string(),
  status,
  priority,
  assignee_id: z.string().nullable(),
  tags: z.array(z.string()),
};

export const ticketListItem = z
  .object({
    ...ticketHead,
    preview: z.string().openapi({ description: "The beginning of the latest public message, in one line" }),
    has_note: z.boolean(),
    note_count: z.int(),
    message_count: z.int().openapi({ description: "Public messages, the opening one included" }),
    last_message_at: instant,
    last_message_from: party,
    waiting_since: instant.nullable().openapi({ description: "The earliest customer message without an answer" }),
    first_replied_at: instant.nullable(),
    resolved_at: instant.nullable(),
    closed_at: instant.nullable(),
    reopen_count: z.int().openapi({ description: "How often the ticket went from resolved back to open" }),
    created_at: instant,
    updated_at: instant,
    version,
  })
  .openapi("TicketListItem");

const nextCursor = z.string().nullable().openapi({ description: "Null on the last page" });

export const ticketPage = z
  .object({
    items: z.array(ticketListItem),
    next_cursor: nextCursor,
    as_of: instant.openapi({ description: "Every change recorded before this is on the page" }),
    stale: z.array(ticketId).optional().openapi({ description: "Tickets of the token that are parked" }),
  })
  .openapi("TicketPage");

export const ticketDetails = z
  .object({
    ...ticketHead,
    follow_up_of: ticketId.nullable(),
    message: z.string().nullable().openapi({ description: "The first message" }),
    agent_note: z.string().nullable().openapi({ description: "The latest note" }),
    created_at: instant,
    updated_at: instant,
    version,
    conversation: z.object({
      items: z.array(
        z.object({
          version,
          kind: z.enum(["message", "note"]),
          from: party,
          agent_id: z.string().nullable(),
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
        type: z.string().openapi({ example: "status.updated" }),
        agent_id: z.string().nullable(),
        occurred_at: instant,
        recorded_at: instant,
        data: z.record(z.string(), z.json()),
      }),
    ),
    next_cursor: nextCursor,
  })
  .openapi("HistoryPage");

export const importResult = z
  .object({
    taken: z.int(),
    repeated: z.int().openapi({ description: "Lines whose external_id was there already" }),
    refused: z.array(
      z.object({
        line: z.int(),
        external_id: z.string().nullable(),
        errors: z.array(z.object({ detail: z.string(), pointer: z.string() })),
      }),
    ),
    recorded_at: instant.nullable(),
  })
  .openapi("ImportResult");

/** RFC 9457. */
export const problemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z
      .array(
        z.object({
          detail: z.string(),
          pointer: z.string().optional(),
          parameter: z.string().optional(),
          header: z.string().optional(),
        }),
      )
      .optional(),
  })
  .openapi("Problem");

/** A JSON answer for the contract. */
export function content<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** The problem documents that a route answers with, by status. */
export function problems<Status extends number>(...statuses: Status[]) {
  const answer = { description: "Problem", content: { "application/problem+json": { schema: problemDocument } } };
  return Object.fromEntries(statuses.map((status) => [status, answer])) as Record<Status, typeof answer>;
}
