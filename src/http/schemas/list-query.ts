import { z } from "@hono/zod-openapi";
import { foreignId, LIMITS, priority, status, text } from "../../commands/schemas.ts";
import { A_TIME } from "../../platform/input-errors.ts";
import { parseInstant } from "../../queries/instant.ts";
import type { ListFilters } from "../../queries/read-model/list/filters.ts";
import { type ListOrder, TIMES } from "../../queries/read-model/list/request.ts";
import { cursor, limit, MAX_REPEATS, MAX_TIME, several, single, wholeNumber } from "./common.ts";

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
const MAX_QUERY_CHARACTERS = 16_384;

/** Any text at all: what is searched for is never a fault. SQLite and UTF-8 know two that are none. */
function words(description: string, example: string) {
  return single
    .max(MAX_QUERY_CHARACTERS)
    .refine((value) => !value.includes("\0"), "must not contain NUL (U+0000)")
    .optional()
    .openapi({ type: "string", maxLength: MAX_QUERY_CHARACTERS, description, example });
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
        description: "Tickets with one of these statuses. Repeat the parameter for several",
        example: ["open", "pending"],
      }),
    priority: several(priority)
      .optional()
      .openapi({
        type: "array",
        items: { type: "string", enum: priority.options },
        maxItems: MAX_REPEATS,
        description: "Tickets with one of these priorities. Repeat the parameter for several",
        example: ["high", "urgent"],
      }),
    tag: several(text({ characters: LIMITS.importedTag }))
      .optional()
      .openapi({
        type: "array",
        items: { type: "string", minLength: 1, maxLength: LIMITS.importedTag },
        maxItems: MAX_REPEATS,
        description: "Tickets with all of these tags. Repeat the parameter for several",
        example: ["billing"],
      }),
    assignee: id(
      "Tickets assigned to this agent: an agent's id, `me` (the key's `agent_id`) or `none` (unassigned). An agent whose id is `me` or `none` cannot be selected.",
      "none",
    ),
    customer_id: id("Tickets of this customer", "cus_4711"),
    external_id: id("The ticket with this `external_id`", "crm-4711"),
    has_note: flag("Tickets with (`true`) or without (`false`) a note"),
    waiting: flag("Tickets whose customer is (`true`) or is not (`false`) waiting for an answer"),
    unreplied: flag("Tickets to which no agent (`true`) or an agent (`false`) has replied"),
    created_after: moment("Tickets created at or after this time"),
    created_before: moment("Tickets created before this time"),
    updated_after: moment("Tickets last changed at or after this time"),
    updated_before: moment("Tickets last changed before this time"),
    q: words(
      'Searches the subject and public messages for all of these words. `"Quoted words"` must be adjacent. Case and accents are ignored. Only whole words match. There is no other syntax. A query without a word matches nothing. Only the first 32 words count.',
      'invoice "of october"',
    ),
    q_notes: words("Searches the notes, with the syntax of `q`", "refund"),
    sort: single
      .pipe(z.enum(SORTS, { error: misplacedDirection }))
      .optional()
      .openapi({
        type: "string",
        enum: [...SORTS],
        default: "updated_at",
        description:
          "The sort order; ties are sorted by id. `waiting_since` returns only tickets whose customer is waiting. `relevance` requires `q`: tickets whose subject has all words come first, and both groups are sorted by latest change.",
        example: "waiting_since",
      }),
    direction: single
      .pipe(z.enum(["asc", "desc"]))
      .optional()
      .openapi({
        type: "string",
        enum: ["asc", "desc"],
        description:
          "The sort direction. The default is `desc` (latest first), or `asc` (longest wait first) if `sort` is `waiting_since`.",
        example: "asc",
      }),
    limit,
    cursor,
    skip: wholeNumber(0, 10_000).optional().openapi({
      type: "integer",
      minimum: 0,
      maximum: 10_000,
      description: "Entries to skip, for manual use: skipped rows are also read. Cannot be combined with `cursor`",
      example: 0,
    }),
  })
  .refine(({ skip, cursor }) => skip === undefined || cursor === undefined, {
    error: "cannot be combined with cursor",
    path: ["skip"],
  })
  .refine(({ sort, q }) => sort !== "relevance" || q !== undefined, {
    error: "cannot be relevance without q",
    path: ["sort"],
  })
  .refine(({ sort, direction }) => sort !== "relevance" || direction !== "asc", {
    error: "must be desc when sort is relevance",
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
