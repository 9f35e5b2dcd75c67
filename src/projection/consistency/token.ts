import { z } from "zod";
import type { Seal } from "../../platform/sealed.ts";

/** A consistency token: the changes that a client has seen or written, and must see from now on. */
export interface Token {
  /** Bookmark of the oldest acceptable database state; null if unknown. */
  readonly bookmark: string | null;
  /** Number of the newest event that must be visible; null if only single tickets are tracked. */
  readonly seq: number | null;
  /** Tickets with their minimum versions. */
  readonly versions: ReadonlyMap<string, number>;
}

export const EMPTY_TOKEN: Token = { bookmark: null, seq: null, versions: new Map() };

/** Maximum number of tickets in a token. */
const MAX_VERSIONS = 32;

/**
 * A D1 bookmark: 59 characters of this kind (https://developers.cloudflare.com/d1/reference/time-travel/). Any other
 * text is dropped, and reads go to the primary. A forged bookmark must be neither a session constraint such as
 * `first-…`, nor text that changes how a D1 error is classified.
 */
const BOOKMARK = /^[0-9a-f-]{1,200}$/;

/** Maximum length in characters: under 2 KB in every release. 32 tickets of 10,000 events fit. */
const MAX_TOKEN_LENGTH = 2_047;

const SCOPE = "consistency-token";

const versionSchema = z.int().min(1);
const payloadSchema = z.strictObject({
  bookmark: z.string().regex(BOOKMARK).nullable(),
  seq: z.int().min(0).nullable(),
  // Ticket ids have no hyphens.
  versions: z.array(z.tuple([z.string().regex(/^[0-9a-f]{32}$/), versionSchema])).max(MAX_VERSIONS),
});

/**
 * Formats a token.
 *
 * @param newestSeq newest event of the answer's snapshot. It replaces the tickets if they are too many, and sends
 * reads to the primary if the bookmark is dropped.
 * @param salt random bytes. Without them, equal tokens would reveal that no event was written between two reads.
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

/** Parses a token; undefined if it is invalid. */
export function parseToken(seal: Seal, text: string): Token | undefined {
  const parsed = payloadSchema.safeParse(seal.open(SCOPE, text));
  if (!parsed.success) return undefined;
  const { bookmark, seq, versions } = parsed.data;
  return { bookmark, seq, versions: new Map(versions.map(([id, version]) => [withHyphens(id), version])) };
}

/** Combines two tokens. D1 bookmarks sort as text. */
export function mergeTokens(one: Token, other: Token): Token {
  const versions = new Map(one.versions);
  for (const [id, version] of other.versions) versions.set(id, Math.max(version, versions.get(id) ?? 0));
  return { bookmark: laterBookmark(one.bookmark, other.bookmark), seq: later(one.seq, other.seq), versions };
}

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
