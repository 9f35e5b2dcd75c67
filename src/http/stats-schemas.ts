import { z } from "@hono/zod-openapi";
import { PRIORITIES } from "../commands/ticket.ts";
import { count, givenId, instant, stale, ticketId } from "./schemas.ts";

const numbers = z
  .object({ open: count, pending: count, resolved: count, closed: count, total: count })
  .openapi("Numbers");

export const ticketStats = z
  .object({
    by_status: numbers,
    by_priority: z.record(z.enum(PRIORITIES), numbers),
    by_assignee: z
      .array(z.object({ assignee_id: givenId.nullable(), ...numbers.shape }))
      .openapi({ description: "Whoever has a ticket, by id; first of all, as null, what nobody has" }),
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
