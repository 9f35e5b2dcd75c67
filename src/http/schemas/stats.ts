import { z } from "@hono/zod-openapi";
import { PRIORITIES } from "../../domain/ticket.ts";
import { count, cursor, givenId, instant, limit, nextCursor, stale, ticketId } from "./common.ts";

const numbers = z
  .object({ open: count, pending: count, resolved: count, closed: count, total: count })
  .openapi("Numbers");

/** `?limit&cursor` */
export const statsQuery = z.strictObject({
  limit: limit
    .default(100)
    .openapi({ default: 100, description: "The maximum number of `by_assignee` entries on a page", example: 100 }),
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
          "A page of agents with tickets. Unassigned tickets (`null`) come first, then the agents sorted by the JSON form of their ids",
      }),
    next_cursor: nextCursor,
    unassigned: count.openapi({ description: "Unassigned tickets of any status" }),
    waiting: count.openapi({ description: "Tickets whose customer is waiting for an answer" }),
    unreplied: count.openapi({ description: "Tickets of any status to which no agent has replied" }),
    oldest_waiting: z.object({ id: ticketId, since: instant }).nullable().openapi({
      description: "The ticket whose customer has been waiting longest; null if no customer is waiting",
    }),
    as_of: instant.openapi({ description: "The counts include every change recorded before this time" }),
    stale: stale.openapi({
      description: "Parked tickets that the token covers. Their latest changes may not be counted",
    }),
  })
  .openapi("TicketStats");
