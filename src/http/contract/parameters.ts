import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { Refusal } from "../../domain/refusal.ts";
import type { Api } from "../api.ts";
import { CONSISTENCY_TOKEN, MAX_WAIT_S } from "../headers/consistency-token.ts";
import { ENTITY_TAGS } from "../headers/etag.ts";
import { IDEMPOTENCY_KEY } from "../headers/preconditions.ts";

type Components = NonNullable<ReturnType<OpenAPIHono<Api>["getOpenAPI31Document"]>["components"]>;

/** Characters of a header that a request may have. Proxies refuse longer ones. */
const MAX_HEADER = 8_192;

/**
 * The headers that requests may have. They are read where they matter (`conditions.ts`, `consistency.ts`), not by a schema here:
 * these are parts of the document only, and take from there what they say.
 */
export const REQUEST_HEADERS = {
  "Idempotency-Key": {
    description:
      "Makes the request safe to retry. A repeated request with the same key has no further effect and returns the first response with " +
      "`Idempotent-Replayed: true`. A different request with the same key returns 422. A key has 1 to 255 visible ASCII characters, " +
      "optionally in double quotes, and expires after 24 hours",
    schema: { type: "string", maxLength: MAX_HEADER, pattern: IDEMPOTENCY_KEY.source },
    example: "complaint-about-order-4711",
  },
  "If-Match": {
    description:
      "Changes the ticket only if it is at one of these versions; otherwise returns 412 (RFC 9110, section 13.1.1). A weak tag " +
      '(`W/"v3"`) matches the same version. A repeated request with the same `Idempotency-Key` returns the first response, not 412',
    schema: { type: "string", maxLength: MAX_HEADER, pattern: ENTITY_TAGS.source },
    example: '"v3"',
  },
  "If-None-Match": {
    description:
      "One or more `ETag` values from earlier responses. Returns 304 if one of them is current (RFC 9110, section 13.1.2)",
    schema: { type: "string", maxLength: MAX_HEADER },
    example: '"v3"',
  },
  [CONSISTENCY_TOKEN]: {
    description:
      "The token of an earlier response, several tokens separated by commas, or `latest`. A list includes at least the changes that " +
      "the tokens cover; `latest` covers every change recorded so far. The response's token covers them, too",
    schema: { type: "string", maxLength: MAX_HEADER },
    example: "latest",
  },
  Prefer: {
    description: `How long to wait for the changes that the token covers: \`wait=N\`, 0 to ${MAX_WAIT_S} seconds (RFC 7240)`,
    schema: { type: "string", maxLength: MAX_HEADER },
    example: "wait=10",
  },
} as const satisfies Record<string, { description: string; schema: object; example: string }>;

/** Refuses a request with a header that is longer than the contract says. */
export const boundedHeaders = createMiddleware<Api>(async (c, next) => {
  for (const name of Object.keys(REQUEST_HEADERS)) {
    if ((c.req.header(name)?.length ?? 0) <= MAX_HEADER) continue;
    throw new Refusal("malformed-header", `must have at most ${MAX_HEADER} characters`, name);
  }
  await next();
});

export type RequestHeader = keyof typeof REQUEST_HEADERS;

/** What a route says of the headers that it takes. */
export function takes(...names: RequestHeader[]): { parameters: { $ref: string }[] } {
  return { parameters: names.map((name) => ({ $ref: `#/components/parameters/${name}` })) };
}

/** The same as parts of the document. */
export const PARAMETERS: NonNullable<Components["parameters"]> = Object.fromEntries(
  Object.entries(REQUEST_HEADERS).map(([name, header]) => [name, { name, in: "header", required: false, ...header }]),
);
