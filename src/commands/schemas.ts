import { z } from "zod";
import { PARTIES, PRIORITIES, STATUSES } from "../domain/ticket.ts";

/** The largest message or note, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 256 * 1024;

/** The largest sizes, in characters unless the comment says otherwise. */
export const LIMITS = {
  id: 200,
  subject: 500,
  tag: 50,
  /** Imports accept longer tags, because other systems have them. */
  importedTag: 100,
  /** Tags of one ticket. */
  tags: 20,
  /** Tickets that one bulk may change. */
  bulk: 100,
} as const;

/** The last millisecond that RFC 3339 can express. */
export const MAX_TIMESTAMP = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const utf8 = new TextEncoder();

/** A visible character (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point). trim() knows fewer invisible ones. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Text that a person wrote: not blank, and without characters that storage would change. SQLite's functions stop at NUL, and UTF-8 cannot
 * encode a lone surrogate (https://www.rfc-editor.org/rfc/rfc3629#section-3).
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

/** Puts a meaning before the description of a schema. */
export function about<Schema extends z.ZodType>(schema: Schema, what: string): Schema {
  return schema.meta({ description: [what, schema.description].join(". ") });
}

function lengthOf(value: string, unit: "characters" | "bytes of UTF-8"): number {
  return unit === "characters" ? [...value].length : utf8.encode(value).byteLength;
}

/** An id from the caller's systems: of a customer, an agent or an external ticket. */
export const foreignId = text({ characters: LIMITS.id });

/** The id of a ticket or a key. Ids ignore case (RFC 9562, section 4); the database has them in lower case. */
export const uuid = z.uuid({ abort: true }).max(36).toLowerCase();

/** The text of a message or a note. */
export const prose = text({ bytes: MAX_TEXT_BYTES });

export const subject = text({ characters: LIMITS.subject });

/** Tags without duplicates, in the given order. */
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
