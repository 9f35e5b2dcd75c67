import { parseResponse } from "hono/client";
import type { Api, FeedQuery } from "../http/types.ts";
import { type CallOptions, requestOf } from "./options.ts";
import { listing } from "./pages.ts";

/** The feed: what happens in all tickets. */
export function events({ events }: Api) {
  return {
    /**
     * Everything that has happened, in the order in which it was recorded: all of it, or what comes after a cursor. It ends with what
     * is recorded so far; the `next_cursor` of the last page, which always has one, leads on from there at any later time.
     *
     * @example
     * for await (const page of edgedesk.events.list({ after: kept }).pages()) {
     *   await store(page.items);
     *   kept = page.next_cursor;
     * }
     */
    list: (query: FeedQuery = {}, options?: CallOptions) =>
      listing(
        (after = query.after) => parseResponse(events.$get({ query: { ...query, after } }, requestOf(options))),
        ({ has_more }) => !has_more,
      ),
  };
}
