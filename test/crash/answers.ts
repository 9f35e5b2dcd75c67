/** The service's answers, as far as the crash test reads them. Nothing of `src` is used: it is the judge. */
import { z } from "zod";

/** RFC 3339 to milliseconds since 1970. */
const instant = z.iso.datetime().transform((text) => Date.parse(text));

export const accepted = z.object({ id: z.string(), version: z.int() });

export const imported = z.object({ taken: z.int(), repeated: z.int(), refused: z.array(z.unknown()) });

/** An entry of the list, with all of its fields. */
export const row = z.looseObject({ id: z.string(), version: z.int(), customer_id: z.string() });
export type Row = z.infer<typeof row>;

export const ticketPage = z.object({
  items: z.array(row),
  next_cursor: z.string().nullable(),
  as_of: instant,
  stale: z.array(z.string()).default([]),
});

const event = { version: z.int(), occurred_at: instant, recorded_at: instant };

/** An event of a ticket's history. */
export const eventSeen = z.discriminatedUnion("type", [
  z.object({
    ...event,
    type: z.literal("ticket.created"),
    data: z.object({
      customer_id: z.string(),
      subject: z.string(),
      priority: z.string(),
      tags: z.array(z.string()),
      external_id: z.string().nullable(),
      body: z.string(),
    }),
  }),
  z.object({ ...event, type: z.literal("status.updated"), data: z.object({ status: z.string() }) }),
  z.object({
    ...event,
    type: z.literal("assignee.updated"),
    data: z.object({ assignee_id: z.string().nullable() }),
  }),
  z.object({ ...event, type: z.literal("priority.updated"), data: z.object({ priority: z.string() }) }),
  z.object({ ...event, type: z.literal("tags.updated"), data: z.object({ tags: z.array(z.string()) }) }),
  z.object({ ...event, type: z.literal("note.added"), data: z.object({ body: z.string() }) }),
  z.object({
    ...event,
    type: z.literal("message.added"),
    // An imported message does not reopen its ticket, and has no status.
    data: z.object({ from: z.string(), body: z.string(), status: z.literal("open").optional() }),
  }),
]);
export type EventSeen = z.infer<typeof eventSeen>;

export const historyPage = z.object({ items: z.array(eventSeen), next_cursor: z.string().nullable() });

export const details = z.object({
  id: z.string(),
  version: z.int(),
  status: z.string(),
  priority: z.string(),
  assignee_id: z.string().nullable(),
  tags: z.array(z.string()),
  message: z.string().nullable(),
  agent_note: z.string().nullable(),
  conversation: z.object({
    items: z.array(z.object({ version: z.int(), kind: z.string(), from: z.string(), body: z.string().nullable() })),
    next_cursor: z.string().nullable(),
  }),
});
export type Details = z.infer<typeof details>;

export const projections = z.object({
  backlog: z.object({ count: z.int() }),
  /** What audits have found since ever, where there are audits. */
  drift: z.object({ found: z.int() }).optional(),
});

export const problem = z.object({ type: z.string() });
