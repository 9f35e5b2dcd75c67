import { z } from "@hono/zod-openapi";
import { foreignId, LIMITS, priority, status, text } from "../../commands/schemas.ts";
import { A_TIME } from "../../platform/input-errors.ts";
import { parseInstant } from "../../queries/instant.ts";
import { type ListFilters, type ListOrder, TIMES } from "../../queries/read-model/list/request.ts";
import { cursor, limit, MAX_REPEATS, MAX_TIME, several, single, wholeNumber } from "./tickets.ts";

function flag(description: string) {
  return single
    .pipe(z.enum(["true", "false"]))
    .transform((value) => value === "true")
    .optional()
    .openapi({ type: "boolean", description, example: true });
}

function id(description: string, example: string) {
  return single
    .pipe(foreignId)
    .optional()
    .openapi({ type: "string", minLength: 1, maxLength: LIMITS.id, description, example });
}

function moment(description: string) {
  return single
    .max(MAX_TIME)
    .transform((text, context) => {
      const at = parseInstant(text);
      if (at === undefined) {
        context.addIssue({ code: "custom", message: A_TIME });
      }
      return at;
    })
    .optional()
    .openapi({
      type: "string",
      format: "date-time",
      maxLength: MAX_TIME,
      description,
      example: "2026-11-01T00:00:00Z",
    });
}

/** Characters of a search. Cloudflare refuses longer addresses. */
const MAX_WORDS = 16_384;

/** Any text at all: what is searched for is never a fault. SQLite and UTF-8 know two that are none. */
function words(description: string, example: string) {
  return single
    .max(MAX_WORDS)
    .refine((value) => !value.includes("\0"), "must not contain NUL (U+0000)")
    .optional()
    .openapi({ type: "string", maxLength: MAX_WORDS, description, example });
}

const SORTS = [...TIMES, "relevance"] as const;

/** Other ways to write a direction into the order, such as `-updated_at` and `updated_at:desc`. */
const WITH_DIRECTION = new RegExp(`^([+ -]?)(${SORTS.join("|")})(?:[:., ](asc|desc))?$`, "i");

function misplacedDirection({ input }: { readonly input?: unknown }): string | undefined {
  const [, sign, field, word] = WITH_DIRECTION.exec(String(input)) ?? [];
  const direction = word ?? { "-": "desc", "+": "asc", " ": "asc" }[sign ?? ""];
  if (field === undefined || direction === undefined) return undefined;
  return `must be ${field.toLowerCase()}: use direction=${direction.toLowerCase()}`;
}

/** The query of the ticket list. Filters that are given together must all be true. */
export const listQuery = z
  .strictObject({
    status: several(status)
      .optional()
      .openapi({
        type: "array",
        items: { type: "string", enum: status.options },
        maxItems: MAX_REPEATS,
        description: "Any of these: repeat it for several",
        example: ["open", "pending"],
      }),
    priority: several(priority)
      .optional()
      .openapi({
        type: "array",
        items: { type: "string", enum: priority.options },
        maxItems: MAX_REPEATS,
        description: "Any of these: repeat it for several",
        example: ["high", "urgent"],
      }),
    tag: several(text({ characters: LIMITS.importedTag }))
      .optional()
      .openapi({
        type: "array",
        items: { type: "string", minLength: 1, maxLength: LIMITS.importedTag },
        maxItems: MAX_REPEATS,
        description: "All of these: repeat it for several",
        example: ["billing"],
      }),
    assignee: id(
      "The agent who has it: an id, `me` (the agent that the key names) or `none` (nobody). An agent whose id is one of these two words cannot be asked for.",
      "none",
    ),
    customer_id: id("One customer", "cus_4711"),
    external_id: id("The ticket with this id elsewhere", "crm-4711"),
    has_note: flag("Whether agents have left a note"),
    waiting: flag("Whether the customer waits for an answer"),
    unreplied: flag("Whether no agent has written to the customer yet"),
    created_after: moment("Created then or later"),
    created_before: moment("Created earlier than that"),
    updated_after: moment("Changed last then or later"),
    updated_before: moment("Changed last earlier than that"),
    q: words(
      'Whole words of the subject and of public messages, all of them; `"words in quotes"` one after the other. Case and accents do not matter. Nothing else is syntax, and a text without a word finds nothing. Up to 32 words are looked for.',
      'invoice "of october"',
    ),
    q_notes: words("The same in the notes", "refund"),
    sort: single
      .pipe(z.enum(SORTS, { error: misplacedDirection }))
      .optional()
      .openapi({
        type: "string",
        enum: [...SORTS],
        default: "updated_at",
        description:
          "What the list is ordered by; what is equal, by its id. `waiting_since` lists only tickets whose customer waits. `relevance` needs `q`: tickets with all of it in their subject come first, then the others, each the latest change first.",
        example: "waiting_since",
      }),
    direction: single
      .pipe(z.enum(["asc", "desc"]))
      .optional()
      .openapi({
        type: "string",
        enum: ["asc", "desc"],
        description:
          "Which end comes first. Unless said, the latest (`desc`), and by `waiting_since` who waits longest (`asc`).",
        example: "asc",
      }),
    limit,
    cursor,
    skip: wholeNumber(0, 10_000).optional().openapi({
      type: "integer",
      minimum: 0,
      maximum: 10_000,
      description: "Entries to leave out, for trying by hand: each of them is read. Not with `cursor`",
      example: 0,
    }),
  })
  .refine(({ skip, cursor }) => skip === undefined || cursor === undefined, {
    error: "cannot be used with cursor, which knows its place",
    path: ["skip"],
  })
  .refine(({ sort, q }) => sort !== "relevance" || q !== undefined, {
    error: "cannot be relevance without q",
    path: ["sort"],
  })
  .refine(({ sort, direction }) => sort !== "relevance" || direction !== "asc", {
    error: "must be desc with relevance",
    path: ["direction"],
  });

type ListQuery = z.output<typeof listQuery>;

/**
 * What the query asks for.
 *
 * @param agentId the agent that the key names
 * @returns undefined where it asks for that one, and there is none
 */
export function listFilters(query: ListQuery, agentId: string | null): ListFilters | undefined {
  const { assignee, sort: _, direction: __, limit: ___, cursor: ____, skip: _____, ...filters } = query;
  if (assignee === undefined) return filters;
  if (assignee === "me" && agentId === null) return undefined;
  return { ...filters, assignee_id: assignee === "me" ? agentId : assignee === "none" ? null : assignee };
}

/** The order that the query asks for. */
export function listOrder({ sort = "updated_at", direction }: ListQuery): ListOrder {
  return { by: sort, direction: direction ?? (sort === "waiting_since" ? "asc" : "desc") };
}
