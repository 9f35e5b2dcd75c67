import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { reasonOf } from "../../platform/errors.ts";
import type { Api } from "../api.ts";
import { problem } from "../problem.ts";

/** `period` of the limits in wrangler.toml, which their bindings do not tell. */
export const PERIOD_S = 10;

/** Refuses what a key asks for beyond its limit. */
export const rateLimit = createMiddleware<Api>(async (c, next) => {
  const { requestLimit } = c.env.access;
  if (await isWithin(c, requestLimit, c.var.caller.key_id ?? "root")) return await next();
  return tooMany(c, "This key has exceeded its rate limit");
});

/**
 * Counts one more. A limit that cannot be asked lets through: it is there to protect the service, not to end it.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export async function isWithin(c: Context<Api>, limit: RateLimit | undefined, key: string): Promise<boolean> {
  if (limit === undefined) return true;
  try {
    return (await limit.limit({ key })).success;
  } catch (error) {
    c.env.log("warn", "rate_limit.failed", { request_id: c.var.requestId, reason: reasonOf(error) });
    return true;
  }
}

/** The answer beyond a limit. */
export function tooMany(c: Context<Api>, detail: string): Response {
  return problem(c, "too-many-requests", detail, { headers: { "Retry-After": String(PERIOD_S) } });
}

/** The address that the request came from, as Cloudflare says; one for all where nobody says. */
export function clientAddress(c: Context<Api>): string {
  return c.req.header("CF-Connecting-IP") ?? "unknown";
}
