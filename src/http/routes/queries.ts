import { createRoute } from "@hono/zod-openapi";
import { Refusal } from "../../domain/refusal.ts";
import { laterBookmark } from "../../projection/consistency/token.ts";
import { listTickets } from "../../queries/read-model/list.ts";
import { ticketDetails } from "../../queries/source/details.ts";
import { ticketHistory } from "../../queries/source/history.ts";
import { router } from "../api.ts";
import { content, notModified } from "../contract/content.ts";
import { HISTORY_PAGE, TICKET_DETAILS, TICKET_PAGE } from "../contract/examples.ts";
import { carrying } from "../contract/headers.ts";
import { takes } from "../contract/parameters.ts";
import { OF_TICKET, problems } from "../contract/problems.ts";
import { applyPreference, setToken, tokenWith } from "../headers/consistency-token.ts";
import { entityTags, etag, includesTag, weakEtag } from "../headers/etag.ts";
import { linkNext } from "../headers/link.ts";
import { requires } from "../middleware/roles.ts";
import { pageQuery, ticketPath } from "../schemas/common.ts";
import { listFilters, listOrder, listQuery } from "../schemas/list-query.ts";
import { historyPage, ticketDetails as ticketDetailsSchema, ticketPage } from "../schemas/tickets.ts";

const listRoute = createRoute({
  method: "get",
  path: "/tickets",
  ...requires("agent"),
  operationId: "listTickets",
  tags: ["Tickets"],
  summary: "List tickets",
  description:
    "Returns the tickets that match all filters. By default, the most recently changed ticket comes first. The list comes from the read " +
    "model, which lags slightly behind: `as_of` says how far. A client that sends a `Consistency-Token` always sees its own writes. If " +
    "that takes longer than `Prefer: wait=N` allows (4 seconds by default), the response is 503.",
  ...takes("Consistency-Token", "Prefer", "If-None-Match"),
  request: { query: listQuery },
  responses: {
    200: content(
      ticketPage,
      "A page of tickets",
      TICKET_PAGE,
      "ETag?",
      "Consistency-Token",
      "Link",
      "Preference-Applied",
    ),
    304: notModified("ETag?", "Consistency-Token", "Preference-Applied"),
    ...carrying(
      problems("agent", "invalid-cursor", "no-agent", "not-yet-consistent", "rebuilding"),
      "Preference-Applied",
    ),
  },
});

const detailsRoute = createRoute({
  method: "get",
  path: "/tickets/{id}",
  ...requires("agent"),
  operationId: "getTicket",
  tags: ["Tickets"],
  summary: "Retrieve a ticket and its conversation",
  description:
    "Reads the source and is never stale. The conversation is ordered oldest first. A page may have fewer than `limit` entries if their text is large.",
  ...takes("Consistency-Token", "If-None-Match"),
  request: { params: ticketPath, query: pageQuery },
  responses: {
    200: content(ticketDetailsSchema, "The ticket", TICKET_DETAILS, "ETag", "Consistency-Token", "Link"),
    304: notModified("Consistency-Token"),
    ...problems("agent", ...OF_TICKET, "invalid-cursor"),
  },
});

const historyRoute = createRoute({
  method: "get",
  path: "/tickets/{id}/events",
  ...requires("agent"),
  operationId: "listTicketEvents",
  tags: ["Tickets"],
  summary: "List a ticket's events",
  description:
    "Returns everything that happened to the ticket, oldest first. Reads the source and is never stale. A page may have fewer than `limit` events if their text is large.",
  request: { params: ticketPath, query: pageQuery },
  responses: {
    200: content(historyPage, "A page of events", HISTORY_PAGE, "Link"),
    ...problems("agent", ...OF_TICKET, "invalid-cursor"),
  },
});

export const queryRoutes = router()
  .openapi(listRoute, async (c) => {
    const query = c.req.valid("query");
    const { limit, cursor, skip = 0 } = query;
    const { workspace_id, agent_id } = c.var.caller;
    const { expectation } = c.var;
    const filters = listFilters(query, agent_id);
    if (!filters) throw new Refusal("no-agent", "cannot be me: the key has no agent_id", "assignee");
    const tags = entityTags(c.req.header("If-None-Match"));
    const order = listOrder(query);
    const request = { workspace_id, filters, order, limit, cursor, skip, expectation, tags };
    // Before the wait: the refusal after it says so, too.
    applyPreference(c);
    const { page, tag, token, newestSeq } = await listTickets(c.env, request);
    setToken(c, token, newestSeq, { showsLatest: true });
    if (tag !== null) c.header("ETag", weakEtag(tag));
    if (!page) return c.body(null, 304);
    linkNext(c, page.next_cursor);
    return c.json(page, 200);
  })
  .openapi(detailsRoute, async (c) => {
    const { workspace_id } = c.var.caller;
    const request = { workspace_id, ...c.req.valid("param"), ...c.req.valid("query") };
    const { details, newestSeq, bookmark } = await ticketDetails(c.env, request);
    const tag = etag(details.version);
    const seen = tokenWith(c.var.expectation.token, details.id, details.version);
    setToken(c, { ...seen, bookmark: laterBookmark(seen.bookmark, bookmark) }, newestSeq);
    c.header("ETag", tag);
    if (includesTag(entityTags(c.req.header("If-None-Match")), tag)) return c.body(null, 304);
    linkNext(c, details.conversation.next_cursor);
    return c.json(details, 200);
  })
  .openapi(historyRoute, async (c) => {
    const { workspace_id } = c.var.caller;
    const page = await ticketHistory(c.env, { workspace_id, ...c.req.valid("param"), ...c.req.valid("query") });
    linkNext(c, page.next_cursor);
    return c.json(page, 200);
  });
