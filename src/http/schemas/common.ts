import { z } from "@hono/zod-openapi";
import { LIMITS, MAX_TEXT_BYTES, uuid } from "../../commands/schemas.ts";
import { MAX_ERRORS } from "../../platform/input-errors.ts";
import { EXAMPLE_ID } from "../contract/examples.ts";

/** RFC 3339, UTC, milliseconds. */
export const instant = z.iso.datetime({ precision: 3 }).max(24).openapi({ example: "2026-11-23T08:00:00.000Z" });

// A copy: the original may have been made before its maker learned `openapi`, whatever was imported first.
export const ticketId = uuid.clone().openapi({ description: "The ticket's id (UUIDv7)", example: EXAMPLE_ID });

/** How many of something there are: up to the largest integer that all programs read alike (RFC 8259, section 6). */
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const version = count.openapi({ description: "The ticket's version: the number of its events", example: 3 });

/** An id that a caller gave, in an answer. */
export const givenId = z.string().max(LIMITS.id);

/** The text of a message or a note, in an answer: bytes of UTF-8 are at least as many as characters. */
export const shownProse = z.string().max(MAX_TEXT_BYTES);

/** Characters of a time: it may have any offset, and more digits of a second than the service keeps. */
export const MAX_TIME = 64;

/** Entries of a page, at most. */
export const MAX_LIMIT = 100;

/** Characters of a cursor, at most: it holds a position, which is two numbers or the id of an agent. */
export const MAX_CURSOR = 2_000;

/** Tickets that the tokens of a request can name, at most: a header has 8 KB, and a ticket takes 36 characters of it. */
const MAX_STALE = 250;

/** `/tickets/{id}` */
export const ticketPath = z.object({ id: ticketId });

/** A route that takes no parameters refuses all: who sends one expects that it does something. */
export const noQuery = z.strictObject({});

/** A parameter that takes one value; repeated, it comes as a list. */
export const single = z.string({
  error: ({ input }) => (Array.isArray(input) ? "must be given only once" : undefined),
});

/** A whole number in a query: digits only, where a coercion would take "" and "1e1". */
export function wholeNumber(least: number, most: number) {
  return single
    .regex(/^[0-9]{1,9}$/, `must be an integer from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least).max(most));
}

/** How often a parameter may be repeated. */
export const MAX_REPEATS = 20;

/** A parameter that may be repeated: a list of its values. */
export function several<Value extends z.ZodType<string>>(value: Value) {
  return z
    .union([value.transform((one) => [one]), z.array(value)], {
      error: (issue) => (value instanceof z.ZodEnum ? commaSeparated(issue, value) : undefined),
    })
    .refine((values) => values.length <= MAX_REPEATS, `must not be given more than ${MAX_REPEATS} times`);
}

function commaSeparated({ input, path: [name = ""] = [] }: z.core.$ZodRawIssue, value: z.ZodEnum): string | undefined {
  const [one, ...others] = typeof input === "string" ? input.split(",") : [];
  if (others.length === 0 || ![one, ...others].every((part) => value.safeParse(part).success)) return undefined;
  return `repeat the parameter for several values: ${String(name)}=${one}&${String(name)}=${others[0]}`;
}

export const limit = wholeNumber(1, MAX_LIMIT).default(20).openapi({
  type: "integer",
  minimum: 1,
  maximum: MAX_LIMIT,
  default: 20,
  description: "The maximum number of entries on a page",
  example: 20,
});
/** A text that the service gave, in a query. */
export const opaque = single.max(MAX_CURSOR);

export const cursor = opaque.optional().openapi({
  description: "The `next_cursor` of the previous page. Send the same filters and order",
  example: "Zm9yIGV4YW1wbGU",
});

/** `?limit&cursor` */
export const pageQuery = z.strictObject({ limit, cursor });

/** Tickets of the reader's token that are parked. */
export const stale = z.array(ticketId).max(MAX_STALE).optional();

/** Characters of an error's text, and of its place. */
export const MAX_DETAIL = 1_000;
export const MAX_POINTER = 1_000;

/** What each problem has in common with others of its type, and its own text. */
export const problemHead = {
  type: z
    .string()
    .max(64)
    .openapi({ description: "The problem type. Branch on this value", example: "/problems/forbidden" }),
  title: z.string().max(100).openapi({ description: "A short description of the type" }),
  status: z.int().min(400).max(599).openapi({ description: "The HTTP status code" }),
  detail: z
    .string()
    .max(MAX_ERRORS * MAX_DETAIL)
    .openapi({ description: "An explanation of this occurrence, for people" }),
};

export const nextCursor = z
  .string()
  .max(MAX_CURSOR)
  .nullable()
  .openapi({ description: "The cursor of the next page; null on the last page" });
