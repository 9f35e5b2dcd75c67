import { createRoute } from "@hono/zod-openapi";
import { ticketStats } from "../../queries/read-model/counts.ts";
import { router } from "../api.ts";
import { content } from "../contract/content.ts";
import { TICKET_STATS } from "../contract/examples.ts";
import { carrying } from "../contract/headers.ts";
import { takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { applyPreference, setToken } from "../headers/consistency-token.ts";
import { linkNext } from "../headers/link.ts";
import { requires } from "../middleware/roles.ts";
import { statsQuery, ticketStats as ticketStatsSchema } from "../schemas/stats.ts";

const statsRoute = createRoute({
  method: "get",
  path: "/stats",
  ...requires("agent"),
  operationId: "getStats",
  tags: ["Tickets"],
  summary: "Count tickets by status, priority and assignee",
  description:
    "Counts are exact and match the lists with the same filters. The response time does not depend on the number of tickets. `as_of`, " +
    "`Consistency-Token` and `Prefer` work as for lists. Only `by_assignee` is paginated; every page has all other counts.",
  ...takes("Consistency-Token", "Prefer"),
  request: { query: statsQuery },
  responses: {
    200: content(ticketStatsSchema, "The counts", TICKET_STATS, "Consistency-Token", "Link", "Preference-Applied"),
    ...carrying(problems("agent", "invalid-cursor", "not-yet-consistent", "rebuilding"), "Preference-Applied"),
  },
});

export const statsRoutes = router().openapi(statsRoute, async (c) => {
  // Before the wait: the refusal after it says so, too.
  applyPreference(c);
  const { workspace_id } = c.var.caller;
  const request = { workspace_id, expectation: c.var.expectation, ...c.req.valid("query") };
  const { stats, token, newestSeq } = await ticketStats(c.env, request);
  setToken(c, token, newestSeq, { showsLatest: true });
  linkNext(c, stats.next_cursor);
  return c.json(stats, 200);
});
