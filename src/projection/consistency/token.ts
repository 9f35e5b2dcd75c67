import { z } from "zod";
import type { Seal } from "../../platform/sealed.ts";

/** What a reader has seen or written, and so must see from now on. */
export interface Token {
  /** The state of the database that reads must have reached at least; null where none is known. */
  readonly bookmark: string | null;
  /** All events up to this number are to be shown; null where only single tickets are. */
  readonly seq: number | null;
  /** Tickets with the version that is to be shown at least. */
  readonly versions: ReadonlyMap<string, number>;
}

/** Nothing seen yet. */
export const EMPTY_TOKEN: Token = { bookmark: null, seq: null, versions: new Map() };

/** How many tickets a token names one by one. */
const MAX_VERSIONS = 32;

/**
 * A bookmark as D1 writes them, 59 characters of this kind (https://developers.cloudflare.com/d1/reference/time-travel/). What is
 * longer or written otherwise is left out, and reads go to the primary. A forged one must neither be a word that a session takes
 * for something else, such as `first-…`, nor put words into an error that D1's are told apart by.
 */
const BOOKMARK = /^[0-9a-f-]{1,200}$/;

/** Under 2 KB for ever. 32 tickets of 10,000 events fit. */
const MAX_TOKEN_LENGTH = 2_047;

const SCOPE = "consistency-token";

const versionSchema = z.int().min(1);
const payloadSchema = z.strictObject({
  bookmark: z.string().regex(BOOKMARK).nullable(),
  seq: z.int().min(0).nullable(),
  // Ticket ids without their hyphens.
  versions: z.array(z.tuple([z.string().regex(/^[0-9a-f]{32}$/), versionSchema])).max(MAX_VERSIONS),
});

/**
 * Writes a token.
 *
 * @param newestSeq the newest event of the answer's own snapshot: it stands for the tickets when they are too many, and sends
 * reads to the primary when the bookmark is left out
 * @param salt random bytes: otherwise a reader sees by two equal or different tokens whether anybody has written between them
 */
export function formatToken(seal: Seal, token: Token, newestSeq: number, salt?: Uint8Array): string {
  const { bookmark, versions } = token;
  const isKept = bookmark === null || BOOKMARK.test(bookmark);
  if (isKept && versions.size <= MAX_VERSIONS) {
    const text = write(seal, token, salt);
    if (text.length <= MAX_TOKEN_LENGTH) return text;
  }
  return write(seal, { bookmark: isKept ? bookmark : null, seq: newestSeq, versions: new Map() }, salt);
}

function write(seal: Seal, { bookmark, seq, versions }: Token, salt: Uint8Array | undefined): string {
  const pairs = [...versions].map(([id, version]): [string, number] => [id.replaceAll("-", ""), version]);
  return seal.seal(SCOPE, { bookmark, seq, versions: pairs } satisfies z.infer<typeof payloadSchema>, salt);
}

/** Reads a token; undefined where it is none. */
export function parseToken(seal: Seal, text: string): Token | undefined {
  const parsed = payloadSchema.safeParse(seal.open(SCOPE, text));
  if (!parsed.success) return undefined;
  const { bookmark, seq, versions } = parsed.data;
  return { bookmark, seq, versions: new Map(versions.map(([id, version]) => [withHyphens(id), version])) };
}

/** What a reader with both tokens has seen. D1's bookmarks are ordered as texts. */
export function mergeTokens(one: Token, other: Token): Token {
  const versions = new Map(one.versions);
  for (const [id, version] of other.versions) versions.set(id, Math.max(version, versions.get(id) ?? 0));
  return { bookmark: laterBookmark(one.bookmark, other.bookmark), seq: later(one.seq, other.seq), versions };
}

/** The later of two bookmarks. */
export function laterBookmark(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

function later(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}

function withHyphens(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
