import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { secureHeaders as securityHeaders } from "hono/secure-headers";
import type { Api } from "../api.ts";

/**
 * Lets pages of the allowed origins call, and no others (https://fetch.spec.whatwg.org/#http-cors-protocol). Without an allowed
 * origin there is no CORS at all.
 */
export const crossOrigin = createMiddleware<Api>(async (c, next) => {
  const { origins } = c.env.access;
  const origin = c.req.header("Origin");
  const isAllowed = origin !== undefined && (origins.includes("*") || origins.includes(origin));
  if (origins.length > 0) c.header("Vary", "Origin", { append: true });
  if (!isAllowed) return await next();
  return await corsHeaders(c, next);
});

const corsHeaders = cors({
  origin: (origin) => origin,
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Consistency-Token",
    "Prefer",
  ],
  exposeHeaders: [
    "Accept-Post",
    "Allow",
    "Consistency-Token",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "Server-Timing",
    "WWW-Authenticate",
    "X-Request-Id",
  ],
  maxAge: 3600,
});

/** Tells browsers to do nothing with an answer but read it, and everybody between to keep none. */
export const secureHeaders = [
  securityHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    xFrameOptions: "DENY",
    // For documents only, which the API does not answer with.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
  createMiddleware<Api>(async (c, next) => {
    await next();
    if (!c.res.headers.has("Cache-Control")) {
      // The client may keep an answer that has a tag, if it asks again each time.
      const isKept = c.res.headers.has("ETag") && ["GET", "HEAD"].includes(c.req.method);
      c.header("Cache-Control", isKept ? "private, no-cache" : "no-store");
    }
  }),
] as const;
