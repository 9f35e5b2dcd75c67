import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { MAX_ERRORS, shortened } from "../input-errors.ts";
import type { Api } from "./api.ts";
import { problem } from "./problem.ts";

/**
 * Refuses a query that is no UTF-8 behind its percent signs. Whoever reads it later would disagree on what it says: one keeps
 * the signs as they are, another (https://url.spec.whatwg.org/#urlencoded-parsing) puts U+FFFD in.
 */
export const readableQuery = createMiddleware<Api>(async (c, next) => {
  const query = new URL(c.req.url).search.slice(1);
  return isDecodable(query) ? await next() : unreadable(c, query);
});

function unreadable(c: Context<Api>, query: string): Response {
  const detail = "is not percent-encoded UTF-8";
  const names = query
    .split("&")
    .filter((pair) => !isDecodable(pair))
    .map((pair) => pair.split("=", 1).join());
  const errors = names
    .slice(0, MAX_ERRORS)
    .map((name) => ({ detail, parameter: shortened(isDecodable(name) ? decodeURIComponent(name) : name) }));
  return problem(c, "invalid-query", errors.map(({ parameter }) => `${parameter}: ${detail}`).join("; "), { errors });
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
