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
    description: "The request's id, UUIDv7: also in the log, and in the `instance` of a problem",
    required: true,
    schema: { ...upTo(36), format: "uuid" },
    example: EXAMPLE_ID,
  },
  "Server-Timing": {
    description:
      "How long the answer took. With a key, also the database's work for it, and its region; not for an erasure, whose work includes " +
      "tables of all workspaces (https://www.w3.org/TR/server-timing/)",
    required: true,
    schema: upTo(1_000),
    example: 'total;dur=9, db;dur=1.2;desc="1 call, 22 rows read, 0 written, WEUR"',
  },
  "Cache-Control": {
    description: "`private, no-cache` where the answer has an ETag: ask again with it. `no-store` otherwise",
    required: true,
    schema: upTo(100),
    example: "no-store",
  },
  ETag: {
    description:
      'A tag of this state (RFC 9110, section 8.8.3). A ticket\'s is its version: `"v3"`. A page of the list has a weak one while no ' +
      "change of the workspace is on its way: it stands for the same `items` and `next_cursor`, and `as_of` moves on",
    required: true,
    schema: { ...upTo(100), pattern: '^(?:W/)?"[!#-~]+"$' },
    example: '"v3"',
  },
  [CONSISTENCY_TOKEN]: {
    description: "What the reader has seen now. Send it with the next request to see at least that",
    required: true,
    schema: upTo(2047),
    example: EXAMPLE_TOKEN,
  },
  "Idempotent-Replayed": {
    description: "`true`: the answer of an earlier request with the same Idempotency-Key. Nothing was done now",
    required: false,
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
  Location: {
    description: "The address of the new ticket",
    required: true,
    schema: { ...upTo(100), format: "uri-reference" },
    example: `/tickets/${EXAMPLE_ID}`,
  },
  Link: {
    description: 'The next page (RFC 8288), `rel="next"`. Not on the last one',
    required: false,
    schema: upTo(524_288),
    example: '<https://edgedesk.example.com/tickets?limit=20&cursor=Zm9yIGV4YW1wbGU>; rel="next"',
  },
  "Preference-Applied": {
    description: "The wait of `Prefer` that was followed (RFC 7240), cut to 25 seconds",
    required: false,
    schema: upTo(20),
    example: "wait=10",
  },
  "Retry-After": {
    description: "Seconds after which the same request may be repeated",
    required: true,
    schema: seconds,
    example: 1,
  },
  "Access-Control-Allow-Origin": {
    description:
      "The origin of the page that asks, if the deployment allows it (`ALLOWED_ORIGINS`). Otherwise there is none",
    required: false,
    schema: upTo(2_048),
    example: "https://desk.example.com",
  },
  "WWW-Authenticate": {
    description: "How to send the key (RFC 6750)",
    required: true,
    schema: upTo(100),
    example: 'Bearer realm="edgedesk"',
  },
  "Accept-Post": {
    description: "The media types that the address takes",
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
