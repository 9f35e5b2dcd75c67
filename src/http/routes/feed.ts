import { createRoute } from "@hono/zod-openapi";
import { eventFeed, MAX_SCANNED_EVENTS } from "../../queries/source/feed.ts";
import { router } from "../api.ts";
import { content } from "../contract/content.ts";
import { FEED_PAGE } from "../contract/examples.ts";
import { problems } from "../contract/problems.ts";
import { linkNext } from "../headers/link.ts";
import { requires } from "../middleware/roles.ts";
import { feedPage, feedQuery } from "../schemas/tickets.ts";

const feedRoute = createRoute({
  method: "get",
  path: "/events",
  ...requires("agent"),
  operationId: "listEvents",
  tags: ["Tickets"],
  summary: "List the events of all tickets",
  description:
    "Returns events in the order in which they were recorded. Use the feed to keep another system in sync: it reads the source, has no " +
    "gaps, and returns each event once. Store `next_cursor` together with the events. While `has_more` is true, request the next page at " +
    "once; otherwise, poll again later. A cursor never expires. If the database is restored to an earlier time, newer cursors return 410: " +
    "read the feed from the beginning. A page may have fewer than `limit` events if their text is large. With `types`, a page scans at most " +
    `${MAX_SCANNED_EVENTS.toLocaleString("en")} events, so it may be empty even if \`has_more\` is true.`,
  request: { query: feedQuery },
  responses: {
    200: content(feedPage, "A page of events", FEED_PAGE, "Link"),
    ...problems("agent", "invalid-cursor", "cursor-gone"),
  },
});

export const feedRoutes = router().openapi(feedRoute, async (c) => {
  const { workspace_id } = c.var.caller;
  const page = await eventFeed(c.env, { workspace_id, ...c.req.valid("query") });
  linkNext(c, page.has_more ? page.next_cursor : null, "after");
  return c.json(page, 200);
});
