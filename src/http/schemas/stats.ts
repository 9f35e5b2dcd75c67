import { z } from "@hono/zod-openapi";
import { PRIORITIES } from "../../domain/ticket.ts";
import { count, cursor, givenId, instant, limit, nextCursor, stale, ticketId } from "./tickets.ts";

const numbers = z
  .object({ open: count, pending: count, resolved: count, closed: count, total: count })
  .openapi("Numbers");

/** `?limit&cursor` */
export const statsQuery = z.strictObject({
  limit: limit.default(100).openapi({ default: 100, description: "Entries of `by_assignee` a page", example: 100 }),
  cursor,
});

export const ticketStats = z
  .object({
    by_status: numbers,
    by_priority: z.record(z.enum(PRIORITIES), numbers),
    by_assignee: z
      .array(z.object({ assignee_id: givenId.nullable(), ...numbers.shape }))
      .max(100)
      .openapi({
        description:
          "A page of those who have tickets: first of all, as null, what nobody has, then the agents in the order of their ids as JSON writes them",
      }),
    next_cursor: nextCursor,
    unassigned: count.openapi({ description: "Tickets that nobody has, of any status" }),
    waiting: count.openapi({ description: "Tickets whose customer waits for an answer" }),
    unreplied: count.openapi({ description: "Tickets that no agent has replied to yet, of any status" }),
    oldest_waiting: z.object({ id: ticketId, since: instant }).nullable().openapi({
      description: "The ticket whose customer waits longest, one of them where several do; null where none waits",
    }),
    as_of: instant.openapi({ description: "Every change recorded before this is counted" }),
    stale: stale.openapi({ description: "Tickets of the token that are parked: they are counted as they were" }),
  })
  .openapi("TicketStats");
