import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { MAX_ERRORS, shortened } from "../../platform/input-errors.ts";
import type { Api } from "../api.ts";
import { problem } from "../problem.ts";
import { routeOf } from "./request-log.ts";

const DETAIL = "is not valid percent-encoded UTF-8";

/**
 * Refuses an address whose percent signs do not encode UTF-8, in a path parameter or in the query. Its readers would disagree on what it
 * says: one keeps the signs as they are, another (https://url.spec.whatwg.org/#urlencoded-parsing) puts U+FFFD in.
 */
export const readableAddress = createMiddleware<Api>(async (c, next) => {
  const { pathname, search } = new URL(c.req.url);
  const inPath = unreadablePathParameters(routeOf(c), pathname);
  if (inPath.length > 0) return unreadable(c, "malformed-path", inPath);
  const inQuery = unreadableQueryParameters(search.slice(1));
  return inQuery.length > 0 ? unreadable(c, "invalid-query", inQuery) : await next();
});

function unreadablePathParameters(route: string, pathname: string): string[] {
  const segments = pathname.split("/");
  return route
    .split("/")
    .flatMap((name, index) => (name.startsWith(":") && !isDecodable(segments[index] ?? "") ? [name.slice(1)] : []));
}

function unreadableQueryParameters(query: string): string[] {
  const names = query
    .split("&")
    .filter((pair) => !isDecodable(pair))
    .map((pair) => pair.split("=", 1).join());
  return names.map((name) => shortened(isDecodable(name) ? decodeURIComponent(name) : name));
}

function unreadable(c: Context<Api>, code: "malformed-path" | "invalid-query", parameters: string[]): Response {
  const errors = parameters.slice(0, MAX_ERRORS).map((parameter) => ({ detail: DETAIL, parameter }));
  return problem(c, code, errors.map(({ parameter, detail }) => `${parameter}: ${detail}`).join("; "), { errors });
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
