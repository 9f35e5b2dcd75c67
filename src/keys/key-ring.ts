import type { Database } from "../platform/database.ts";
import { fingerprintOf, isEqual } from "../platform/sealed.ts";
import { type KnownSeal, readSealingKey, rememberSeal } from "../platform/sealing-key.ts";
import { keyIdOf } from "./key.ts";
import { findKey, type StoredKey } from "./key-store.ts";

/** How long an isolate goes on with what it has read about a key, in milliseconds: a revoked key opens nothing after that. */
const KNOWN_MS = 30_000;

/** Keys that an isolate remembers; the longest known is forgotten first. */
const MOST_KNOWN = 10_000;

interface Known {
  readonly key: StoredKey;
  /** When the database was asked, not when it answered: it may have taken its time. */
  readonly asked_at: number;
}

/** What an isolate remembers of the keys that it has seen, between requests. */
export type KnownKeys = Map<string, Known>;

/** Where keys are kept, and what is remembered of them here. */
export interface KeyRing {
  /** It has the keys of all workspaces: which workspace a request is about is known by its key only. */
  readonly database: Database;
  readonly known: KnownKeys;
  readonly sealing: KnownSeal;
}

/** What became of a look at a key. */
export type Identified = StoredKey | "damaged" | "unknown" | "revoked" | "expired" | "too-many";

/**
 * Finds out whose key it is: without the database where it was read less than 30 seconds ago, and by one D1 call on the primary
 * otherwise. A replica would not do: it may not know of a revocation for a time that nobody can name.
 *
 * @param mayAsk whether the database may be asked; not where somebody tries keys
 */
export async function identify(
  { database, known, sealing }: KeyRing,
  text: string,
  clock: () => number,
  mayAsk: () => Promise<boolean>,
): Promise<Identified> {
  const id = keyIdOf(text);
  if (id === undefined) return "damaged";
  const remembered = known.get(id);
  const age = clock() - (remembered?.asked_at ?? Number.NEGATIVE_INFINITY);
  // A clock that jumps back must not keep a key alive.
  const isFresh = age >= 0 && age < KNOWN_MS;
  if (remembered && isFresh) return judge(remembered.key, text, clock());
  known.delete(id);
  if (!(await mayAsk())) return "too-many";
  const asked_at = clock();
  const [[key], sealingKeys] = await database.session("first-primary").batch(findKey(id), readSealingKey());
  rememberSeal(sealing, sealingKeys);
  const verdict = key ? judge(key, text, clock()) : "unknown";
  // Only what opens something: whoever tries keys must not push out those of others.
  if (key && typeof verdict === "object") remember(known, id, { key, asked_at });
  return verdict;
}

/** Makes an isolate ask again at the key's next use. */
export function forget({ known }: KeyRing, id: string): void {
  known.delete(id);
}

function judge(key: StoredKey, text: string, now: number): Identified {
  // First of all: only who has the whole key is told what became of it.
  if (!isEqual(fingerprintOf(text), key.digest)) return "unknown";
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && key.expires_at <= now ? "expired" : key;
}

function remember(known: KnownKeys, id: string, entry: Known): void {
  const [oldest] = known.keys();
  if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(id, entry);
}
