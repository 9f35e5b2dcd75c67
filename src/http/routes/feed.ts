import { createRoute } from "@hono/zod-openapi";
import { eventFeed, LOOKED_AT } from "../../queries/source/feed.ts";
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
  summary: "List everything that happens, in the order in which it was recorded",
  description:
    "The events of all tickets, to keep another system in step: from the source, each once, without gaps, and a ticket's in the order of their " +
    "versions. Keep `next_cursor` with what you have stored, ask for what comes after it as long as `has_more` is true, and again after a " +
    "while. A cursor stays good for ever; only if the database was set back to a time before it, it is refused with 410, and the feed is to " +
    `be read from its beginning. A page ends early where its texts are large; with \`types\`, it looks at ${LOOKED_AT.toLocaleString("en")} events ` +
    "for those that are wanted, and may be empty though more come.",
  request: { query: feedQuery },
  responses: {
    200: content(feedPage, "A page", FEED_PAGE, "Link"),
    ...problems("agent", "invalid-cursor", "cursor-gone"),
  },
});

export const feedRoutes = router().openapi(feedRoute, async (c) => {
  const { workspace_id } = c.var.caller;
  const page = await eventFeed(c.env, { workspace_id, ...c.req.valid("query") });
  linkNext(c, page.has_more ? page.next_cursor : null, "after");
  return c.json(page, 200);
});
