import { z } from "zod";
import type { ChangeTicket } from "../domain/commands.ts";
import { PARTIES, PRIORITIES, STATUSES } from "../domain/ticket.ts";

/** The largest message or note, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 256 * 1024;

/** What a ticket may hold, in characters unless said otherwise. */
export const LIMITS = {
  id: 200,
  subject: 500,
  tag: 50,
  /** An import takes longer tags: what another system has is taken as it is. */
  importedTag: 100,
  /** Tags of one ticket. */
  tags: 20,
  /** Tickets that one bulk may change. */
  bulk: 100,
} as const;

/** The last millisecond that RFC 3339 can write. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const utf8 = new TextEncoder();

/** A character that can be seen (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point); trim() knows fewer others. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A string that a person wrote: not blank, and only what every store keeps as it is. SQLite's functions stop at NUL, and a
 * lone surrogate has no UTF-8 (https://www.rfc-editor.org/rfc/rfc3629#section-3), so it would come back changed.
 *
 * @param limit the largest length, in code points or in bytes of UTF-8
 */
export function text(limit: { readonly characters: number } | { readonly bytes: number }) {
  const most = "characters" in limit ? limit.characters : limit.bytes;
  const unit = "characters" in limit ? "characters" : "bytes of UTF-8";
  return z
    .string()
    .refine((value) => VISIBLE.test(value), { error: "must not be blank", abort: true })
    .refine((value) => !value.includes("\0"), { error: "must not contain NUL (U+0000)", abort: true })
    .refine((value) => value.isWellFormed(), { error: "must not contain a lone surrogate", abort: true })
    .refine((value) => lengthOf(value, unit) <= most, { error: `must not be longer than ${most} ${unit}` })
    .meta({ minLength: 1, maxLength: most, description: `Not blank, at most ${most} ${unit}` });
}

/** The same schema, described by what it is before what it may be. */
export function about<Schema extends z.ZodType>(schema: Schema, what: string): Schema {
  return schema.meta({ description: [what, schema.description].join(". ") });
}

function lengthOf(value: string, unit: "characters" | "bytes of UTF-8"): number {
  return unit === "characters" ? [...value].length : utf8.encode(value).byteLength;
}

/** An id that the caller's own systems gave: a customer's, an agent's, a ticket's elsewhere. */
export const foreignId = text({ characters: LIMITS.id });

/** The id of a ticket or a key. Capitals make the same id (RFC 9562, section 4), which the database has in small letters. */
export const uuid = z.uuid({ abort: true }).max(36).toLowerCase();

/** The text of a message or a note. */
export const prose = text({ bytes: MAX_TEXT_BYTES });

export const subject = text({ characters: LIMITS.subject });

/** Tags without repetitions, in the given order. */
function tagList(longest: number) {
  return z
    .array(text({ characters: longest }))
    .max(LIMITS.tags)
    .transform((list) => [...new Set(list)]);
}

export const tags = tagList(LIMITS.tag);
export const importedTags = tagList(LIMITS.importedTag);

export const priority = z.enum(PRIORITIES);
export const status = z.enum(STATUSES);
export const party = z.enum(PARTIES);

/** `POST /tickets` */
export const createTicketBody = z.strictObject({
  customer_id: about(foreignId, "The customer's id in your system").meta({ example: "cus_4711" }),
  subject: subject.meta({ example: "The invoice of October is missing" }),
  message: prose.meta({ example: "Hello,\nI cannot find the invoice of October." }),
  priority: priority.default("normal"),
  tags: tags.default([]).meta({ description: "Up to 20 tags; duplicates are removed", example: ["billing"] }),
  external_id: about(foreignId, "The ticket's id in your system, unique in the workspace").nullable().default(null),
  follow_up_of: uuid.nullable().default(null).meta({ description: "The ticket that this ticket follows up on" }),
});

/** `POST /tickets/{id}/status` */
export const updateStatusBody = z.strictObject({ new_status: status });

/** `POST /tickets/{id}/notes` */
export const addAgentNoteBody = z.strictObject({
  note: about(prose, "Private to agents").meta({ example: "Sent by post on the 3rd." }),
});

/** `POST /tickets/{id}/messages` */
export const addMessageBody = z.strictObject({
  body: prose.meta({ example: "It is on its way to you." }),
  from: party,
});

/** `POST /tickets/{id}/assignee` */
export const assignTicketBody = z.strictObject({
  assignee_id: foreignId
    .nullable()
    .meta({ description: "The agent's id in your system; null to unassign the ticket", example: "ada" }),
});

/** `POST /tickets/{id}/priority` */
export const setPriorityBody = z.strictObject({ priority });

/** `POST /tickets/{id}/tags` */
export const setTagsBody = z.strictObject({
  tags: tags.meta({
    description: "The complete list of tags; duplicates are removed",
    example: ["billing", "invoice"],
  }),
});

/** A command of a bulk: its name beside the fields of its own body. */
export const bulkCommand = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("UpdateStatus"), ...updateStatusBody.shape }),
  z.strictObject({ type: z.literal("AddAgentNote"), ...addAgentNoteBody.shape }),
  z.strictObject({ type: z.literal("AddMessage"), ...addMessageBody.shape }),
  z.strictObject({ type: z.literal("AssignTicket"), ...assignTicketBody.shape }),
  z.strictObject({ type: z.literal("SetPriority"), ...setPriorityBody.shape }),
  z.strictObject({ type: z.literal("SetTags"), ...setTagsBody.shape }),
]) satisfies z.ZodType<ChangeTicket>;

/** `POST /tickets/bulk` */
export const bulkBody = z.strictObject({
  ids: z
    .array(uuid)
    .min(1)
    .max(LIMITS.bulk)
    .refine((ids) => new Set(ids).size === ids.length, { error: "must not contain duplicates" })
    .meta({ description: "The ids of the tickets, without duplicates", uniqueItems: true }),
  command: bulkCommand.meta({
    description: "The command: its `type` and the fields of its request body",
  }),
});
