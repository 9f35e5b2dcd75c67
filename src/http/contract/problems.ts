import { z } from "@hono/zod-openapi";
import type { Role } from "../../keys/roles.ts";
import { MAX_ERRORS, MAX_NAME } from "../../platform/input-errors.ts";
import { PROBLEMS } from "../problem.ts";
import { MAX_DETAIL, MAX_POINTER, problemHead } from "../schemas/common.ts";
import { EXAMPLE_ID } from "./examples.ts";
import { carries, type ResponseHeader } from "./headers.ts";
import { OCCURRENCES, type RouteProblemCode } from "./occurrences.ts";

/** RFC 9457. */
export const problemDocument = z
  .object({
    ...problemHead,
    instance: z.string().max(45).openapi({ description: "The id of the request, as in `X-Request-Id` and in the log" }),
    errors: z
      .array(
        z
          .object({
            detail: z.string().max(MAX_DETAIL).openapi({ description: "The reason why this part is invalid" }),
            pointer: z
              .string()
              .max(MAX_POINTER)
              .optional()
              .openapi({ description: "A JSON pointer into the body (RFC 6901)" }),
            parameter: z
              .string()
              .max(MAX_NAME + 1)
              .optional()
              .openapi({ description: "The name of a path or query parameter" }),
            header: z.string().max(MAX_NAME).optional().openapi({ description: "The name of a request header" }),
          })
          .openapi({
            description: "One invalid part of the request. It has one of `pointer`, `parameter` and `header`",
          }),
      )
      .max(MAX_ERRORS)
      .optional()
      .openapi({ description: "The invalid parts of the request" }),
  })
  .openapi("Problem");

const KEYED = [
  "malformed-header",
  "invalid-query",
  "unauthorized",
  "too-many-requests",
  "internal-error",
  "not-configured",
  "temporarily-unavailable",
  "database-full",
] as const;

/** The media type of problems. */
export const PROBLEM_TYPE = "application/problem+json";

/** What every route can answer with, by who may use it. */
const COMMON = {
  anybody: ["not-configured"],
  agent: KEYED,
  admin: [...KEYED, "forbidden"],
  root: [...KEYED, "forbidden"],
} as const satisfies Record<Role | "anybody", readonly RouteProblemCode[]>;

/** What a route with a JSON body can answer with. */
export const OF_BODY = ["malformed-body", "body-too-large", "unsupported-media-type", "invalid-body"] as const;

/** What a route about one ticket can answer with. */
export const OF_TICKET = ["malformed-path", "ticket-not-found"] as const;

type StatusOf<Code extends RouteProblemCode> = (typeof PROBLEMS)[Code][0];

const HEADERS: Readonly<Record<number, readonly ResponseHeader[]>> = {
  401: ["WWW-Authenticate"],
  415: ["Accept-Post"],
  429: ["Retry-After"],
  503: ["Retry-After"],
};

/**
 * The problems that a route answers with, by status.
 *
 * @param reader who may use it: that says which problems it has in common with others
 * @param codes those of its own
 */
export function problems<Reader extends keyof typeof COMMON, Code extends RouteProblemCode = never>(
  reader: Reader,
  ...codes: readonly Code[]
) {
  const byStatus = Map.groupBy<number, RouteProblemCode>([...COMMON[reader], ...codes], (code) => PROBLEMS[code][0]);
  const answers = [...byStatus].map(([status, codes]) => [status, answer(status, codes)] as const);
  type Status = StatusOf<(typeof COMMON)[Reader][number] | Code>;
  return Object.fromEntries(answers) as Record<Status, ReturnType<typeof answer>>;
}

function answer(status: number, codes: readonly RouteProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join(". "),
    ...carries(...(HEADERS[status] ?? [])),
    content: {
      [PROBLEM_TYPE]: {
        schema: problemDocument,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

/** An example of every problem, as parts of the document. */
export function problemExamples() {
  const codes = Object.keys(OCCURRENCES) as RouteProblemCode[];
  return Object.fromEntries(codes.map((code) => [code, { summary: PROBLEMS[code][1], value: exampleOf(code) }]));
}

function exampleOf(code: RouteProblemCode) {
  const [status, title] = PROBLEMS[code];
  return { type: typeOf(code), title, status, instance: `urn:uuid:${EXAMPLE_ID}`, ...OCCURRENCES[code] };
}

function typeOf(code: string): string {
  return `/problems/${code}`;
}

/** Which problems an answer can be: those that it has examples of. */
export function narrowed<Content extends { readonly schema?: object; readonly examples?: object }>(content: Content) {
  const types = Object.keys(content.examples ?? {}).map(typeOf);
  return { ...content, schema: { allOf: [content.schema, { properties: { type: { enum: types } } }] } };
}
