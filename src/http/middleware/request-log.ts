import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { Api } from "../api.ts";
import { serverTiming } from "../headers/server-timing.ts";

/**
 * Gives the request its id, the answer its figures, and the log one line about it: the route, never its ids, and nothing of what
 * was sent.
 */
export const requestLog = createMiddleware<Api>(async (c, next) => {
  const start = c.env.clock();
  const requestId = c.env.newId();
  c.set("requestId", requestId);
  c.header("X-Request-Id", requestId);
  await next();
  const ms = c.env.clock() - start;
  const { usage } = c.env;
  // Who has no key learns nothing of the database: what a look at a key costs would tell which keys there are.
  const showsWork = c.get("caller") !== undefined && !c.get("hidesWork");
  c.header("Server-Timing", serverTiming(ms, showsWork ? usage : undefined));
  c.env.log("info", "request", {
    request_id: requestId,
    method: c.req.method,
    route: routeOf(c),
    status: c.res.status,
    ms,
    d1_calls: usage.calls,
    rows_read: usage.rowsRead,
    rows_written: usage.rowsWritten,
    region: usage.servedBy.join(", ") || null,
    key_id: c.get("caller")?.key_id ?? null,
  });
});

/** The request's route as it was declared, without the ids of this address: not the middleware, nor what answers 405 behind it. */
export function routeOf(c: Context<Api>): string {
  return matchedRoutes(c).find(({ method }) => method !== "ALL")?.path ?? "/*";
}
