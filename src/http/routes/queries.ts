import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { laterBookmark } from "../../projection/token.ts";
import { ticketDetails } from "../../queries/details.ts";
import { ticketHistory } from "../../queries/history.ts";
import { listTickets } from "../../queries/list.ts";
import { type Api, router } from "../api.ts";
import { applyPreference, giveToken, tokenWith } from "../consistency.ts";
import { etag, isNotModified } from "../etag.ts";
import {
  content,
  historyPage,
  listQuery,
  pageQuery,
  problems,
  ticketDetails as ticketDetailsSchema,
  ticketPage,
  ticketPath,
} from "../schemas.ts";

const listRoute = createRoute({
  method: "get",
  path: "/tickets",
  summary: "The tickets, latest change first",
  request: { query: listQuery },
  responses: { 200: content(ticketPage, "A page"), ...problems(400, 401) },
});

const detailsRoute = createRoute({
  method: "get",
  path: "/tickets/{id}",
  summary: "One ticket with its conversation, oldest first",
  request: { params: ticketPath, query: pageQuery },
  responses: {
    200: content(ticketDetailsSchema, "The ticket"),
    304: { description: "Not modified" },
    ...problems(400, 401, 404),
  },
});

const historyRoute = createRoute({
  method: "get",
  path: "/tickets/{id}/events",
  summary: "Everything that happened to a ticket, oldest first",
  request: { params: ticketPath, query: pageQuery },
  responses: { 200: content(historyPage, "A page"), ...problems(400, 401, 404) },
});

export const queryRoutes = router()
  .openapi(listRoute, async (c) => {
    const { limit, cursor, skip = 0, ...filters } = c.req.valid("query");
    const { workspace_id } = c.var.caller;
    const { expectation } = c.var;
    const request = { workspace_id, filters, limit, cursor, skip, expectation };
    // Before the wait: the refusal after it says so, too.
    applyPreference(c);
    const { page, token, newestSeq } = await listTickets(c.env, request);
    linkNext(c, page.next_cursor);
    giveToken(c, token, newestSeq);
    return c.json(page, 200);
  })
  .openapi(detailsRoute, async (c) => {
    const { workspace_id } = c.var.caller;
    const request = { workspace_id, ...c.req.valid("param"), ...c.req.valid("query") };
    const { details, newestSeq, bookmark } = await ticketDetails(c.env, request);
    const tag = etag(details.version);
    const seen = tokenWith(c.var.expectation.token, details.id, details.version);
    giveToken(c, { ...seen, bookmark: laterBookmark(seen.bookmark, bookmark) }, newestSeq);
    c.header("ETag", tag);
    if (isNotModified(c.req.header("If-None-Match"), tag)) return c.body(null, 304);
    linkNext(c, details.conversation.next_cursor);
    return c.json(details, 200);
  })
  .openapi(historyRoute, async (c) => {
    const { workspace_id } = c.var.caller;
    const page = await ticketHistory(c.env, { workspace_id, ...c.req.valid("param"), ...c.req.valid("query") });
    linkNext(c, page.next_cursor);
    return c.json(page, 200);
  });

/** Names the next page (RFC 8288): this request again, with its cursor. */
function linkNext(c: Context<Api>, cursor: string | null): void {
  if (cursor === null) return;
  const next = new URL(c.req.url);
  next.searchParams.delete("skip");
  next.searchParams.set("cursor", cursor);
  c.header("Link", `<${next.href}>; rel="next"`);
}
