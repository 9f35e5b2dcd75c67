import { createRoute } from "@hono/zod-openapi";
import { ticketStats } from "../../queries/stats.ts";
import { router } from "../api.ts";
import { applyPreference, giveToken } from "../consistency.ts";
import { content } from "../contract/content.ts";
import { TICKET_STATS } from "../contract/examples.ts";
import { carrying } from "../contract/headers.ts";
import { takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { requires } from "../roles.ts";
import { noQuery } from "../schemas.ts";
import { ticketStats as ticketStatsSchema } from "../stats-schemas.ts";

const statsRoute = createRoute({
  method: "get",
  path: "/stats",
  ...requires("agent"),
  operationId: "getStats",
  tags: ["Tickets"],
  summary: "Count the tickets by status, priority and assignee",
  description:
    "Exact, and as fast with a million tickets as with ten: the numbers are kept with the rows of the read model, and equal what lists with " +
    "the filters of the same names show. As fresh as a list: `as_of`, `Consistency-Token` and `Prefer` mean the same here.",
  ...takes("Consistency-Token", "Prefer"),
  request: { query: noQuery },
  responses: {
    200: content(ticketStatsSchema, "The numbers", TICKET_STATS, "Consistency-Token", "Preference-Applied"),
    ...carrying(problems("agent", "not-yet-consistent", "rebuilding"), "Preference-Applied"),
  },
});

export const statsRoutes = router().openapi(statsRoute, async (c) => {
  // Before the wait: the refusal after it says so, too.
  applyPreference(c);
  const { workspace_id } = c.var.caller;
  const { stats, token, newestSeq } = await ticketStats(c.env, { workspace_id, expectation: c.var.expectation });
  giveToken(c, token, newestSeq);
  return c.json(stats, 200);
});
