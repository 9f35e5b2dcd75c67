import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import type { Api } from "./api.ts";

/** Gives the request its id, and the log one line about it: the route, never its ids, and nothing of what was sent. */
export const requestLog = createMiddleware<Api>(async (c, next) => {
  const start = c.env.clock();
  const requestId = c.env.newId();
  c.set("requestId", requestId);
  c.header("X-Request-Id", requestId);
  await next();
  c.env.log("info", "request", {
    request_id: requestId,
    method: c.req.method,
    // Not the middleware, nor what answers 405 behind the route.
    route: matchedRoutes(c).find(({ method }) => method !== "ALL")?.path ?? "/*",
    status: c.res.status,
    ms: c.env.clock() - start,
  });
});
