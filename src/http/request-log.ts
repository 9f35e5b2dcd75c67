import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
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
    route: routePath(c, -1),
    status: c.res.status,
    ms: c.env.clock() - start,
  });
});
