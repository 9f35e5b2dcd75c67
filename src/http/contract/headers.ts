import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Api } from "../api.ts";
import { CONSISTENCY_TOKEN } from "../headers/consistency-token.ts";
import { EXAMPLE_ID, EXAMPLE_TOKEN } from "./examples.ts";

type Components = NonNullable<ReturnType<OpenAPIHono<Api>["getOpenAPI31Document"]>["components"]>;

const upTo = (maxLength: number) => ({ type: "string", maxLength }) as const;
/** At most a day: the free plan's rows come back at midnight UTC. */
const seconds = { type: "integer", minimum: 0, maximum: 86_400 } as const;

/** The headers of answers. A required one is on every answer that names it; the others are there where they say something. */
export const RESPONSE_HEADERS = {
  "X-Request-Id": {
    description: "The id of the request (UUIDv7). It also appears in the log and in a problem's `instance`",
    required: true,
    schema: { ...upTo(36), format: "uuid" },
    example: EXAMPLE_ID,
  },
  "Server-Timing": {
    description:
      "The duration of the request. Authenticated requests also get the database's duration, calls, rows and region, except for an " +
      "erasure, which also works on tables of all workspaces (https://www.w3.org/TR/server-timing/)",
    required: true,
    schema: upTo(1_000),
    example: 'total;dur=9, db;dur=1.2;desc="1 call, 22 rows read, 0 written, WEUR"',
  },
  "Cache-Control": {
    description: "`private, no-cache` if the response has an ETag; otherwise `no-store`",
    required: true,
    schema: upTo(100),
    example: "no-store",
  },
  ETag: {
    description:
      'An entity tag (RFC 9110, section 8.8.3). For a ticket, it is the version: `"v3"`. A list page has a weak tag if no change in the ' +
      "workspace is waiting to be projected. The tag covers `items` and `next_cursor`, but not `as_of`",
    required: true,
    schema: { ...upTo(100), pattern: '^(?:W/)?"[!#-~]+"$' },
    example: '"v3"',
  },
  [CONSISTENCY_TOKEN]: {
    description: "Marks the changes that the client has seen or made. Send it with the next request",
    required: true,
    schema: upTo(2047),
    example: EXAMPLE_TOKEN,
  },
  "Idempotent-Replayed": {
    description:
      "`true` if this is the response to an earlier request with the same Idempotency-Key. The request had no further effect",
    required: false,
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
  Location: {
    description: "The path of the new ticket",
    required: true,
    schema: { ...upTo(100), format: "uri-reference" },
    example: `/tickets/${EXAMPLE_ID}`,
  },
  Link: {
    description: 'The next page (RFC 8288), `rel="next"`. Absent on the last page',
    required: false,
    schema: upTo(524_288),
    example: '<https://edgedesk.example.com/tickets?limit=20&cursor=Zm9yIGV4YW1wbGU>; rel="next"',
  },
  "Preference-Applied": {
    description: "The wait from `Prefer` that was applied (RFC 7240), at most 25 seconds",
    required: false,
    schema: upTo(20),
    example: "wait=10",
  },
  "Retry-After": {
    description: "Seconds to wait before retrying the request",
    required: true,
    schema: seconds,
    example: 1,
  },
  "Access-Control-Allow-Origin": {
    description: "The request's origin, if `ALLOWED_ORIGINS` includes it; otherwise absent",
    required: false,
    schema: upTo(2_048),
    example: "https://desk.example.com",
  },
  "WWW-Authenticate": {
    description: "The authentication scheme (RFC 6750)",
    required: true,
    schema: upTo(100),
    example: 'Bearer realm="edgedesk"',
  },
  "Accept-Post": {
    description: "The media types that the path accepts",
    required: true,
    schema: upTo(100),
    example: "application/json",
  },
} as const satisfies Components["headers"];

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** A header that a response names; with `?`, only some of its answers have it. */
export type Carried = ResponseHeader | `${ResponseHeader}?`;

/** What a response says of its headers. */
export function carries(...names: Carried[]) {
  const headers: NonNullable<Components["headers"]> = {};
  for (const [name, header] of Object.entries(RESPONSE_HEADERS)) {
    if (names.some((one) => one === name)) headers[name] = { $ref: `#/components/headers/${name}` };
    if (names.some((one) => one === `${name}?`)) headers[name] = { ...header, required: false };
  }
  return { headers };
}

/** The same answers, which may have these headers, too. */
export function carrying<Answers extends Readonly<Record<number, { readonly headers: object }>>>(
  answers: Answers,
  ...names: Carried[]
): Answers {
  const { headers } = carries(...names);
  const all = Object.entries(answers).map(([status, answer]) => [
    status,
    { ...answer, headers: { ...answer.headers, ...headers } },
  ]);
  return Object.fromEntries(all);
}

/** The headers that every answer has, whatever it is. */
export const ALWAYS = carries("X-Request-Id", "Server-Timing", "Cache-Control", "Access-Control-Allow-Origin").headers;
