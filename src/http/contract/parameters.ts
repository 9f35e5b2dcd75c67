import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { Refusal } from "../../domain/refusal.ts";
import type { Api } from "../api.ts";
import { CONSISTENCY_TOKEN, LONGEST_WAIT_S } from "../headers/consistency-token.ts";
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
      "Makes a repeat harmless: the same request with the same key takes effect once, and gets the first answer again " +
      "(`Idempotent-Replayed: true`). 1 to 255 visible characters, bare or in double quotes, kept for 24 hours. " +
      "With another request it is refused with 422",
    schema: { type: "string", maxLength: MAX_HEADER, pattern: IDEMPOTENCY_KEY.source },
    example: "complaint-about-order-4711",
  },
  "If-Match": {
    description:
      "Changes the ticket only if it is at one of these versions, and answers 412 otherwise (RFC 9110, section 13.1.1). A tag that a " +
      'proxy has weakened (`W/"v3"`) names the same version. ' +
      "An honest repeat with an `Idempotency-Key` is not refused",
    schema: { type: "string", maxLength: MAX_HEADER, pattern: ENTITY_TAGS.source },
    example: '"v3"',
  },
  "If-None-Match": {
    description: "The `ETag` of an earlier answer, or several: 304 where it is still true (RFC 9110, section 13.1.2)",
    schema: { type: "string", maxLength: MAX_HEADER },
    example: '"v3"',
  },
  [CONSISTENCY_TOKEN]: {
    description:
      "What must be seen at least: the token of an earlier answer, several with commas between them, or `latest` for all that is " +
      "recorded so far. The answer's token goes on from it",
    schema: { type: "string", maxLength: MAX_HEADER },
    example: "latest",
  },
  Prefer: {
    description: `How long the list may wait for what the token names: \`wait=N\`, 0 to ${LONGEST_WAIT_S} seconds (RFC 7240)`,
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
