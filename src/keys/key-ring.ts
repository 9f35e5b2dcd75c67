import type { Database } from "../platform/database.ts";
import { fingerprintOf, isEqual } from "../platform/sealed.ts";
import { type KnownSeal, readSealingKey, rememberSeal } from "../platform/sealing-key.ts";
import { keyIdOf } from "./key.ts";
import { findKey, type StoredKey } from "./key-store.ts";

/** How long an isolate caches a key, in milliseconds. A revoked key works at most this long. */
const CACHE_MS = 30_000;

/** Keys that an isolate caches. The oldest entry is evicted first. */
const MAX_CACHED = 10_000;

interface CachedKey {
  readonly key: StoredKey;
  /** When the query was sent. The answer may have taken long. */
  readonly asked_at: number;
}

/** The cached keys of an isolate, by id. */
export type KnownKeys = Map<string, CachedKey>;

/** The database of the keys, and the cache of this isolate. */
export interface KeyRing {
  /** The database with the keys of all workspaces: only its key tells which workspace a request belongs to. */
  readonly database: Database;
  readonly known: KnownKeys;
  readonly sealing: KnownSeal;
}

/** The key of a request, or why it is refused. */
export type Identified = StoredKey | "damaged" | "unknown" | "revoked" | "expired" | "too-many";

/**
 * Identifies a key: from the cache if it was read less than 30 seconds ago, otherwise by one D1 call. The call goes to the primary, because
 * the lag of a replica, and with it the delay of a revocation, has no bound.
 *
 * @param mayAsk tells if the database may be queried; false for clients that guess keys
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
  // A clock that jumps back must not extend the life of a cached key.
  const isFresh = age >= 0 && age < CACHE_MS;
  if (remembered && isFresh) return verify(remembered.key, text, clock());
  known.delete(id);
  if (!(await mayAsk())) return "too-many";
  const asked_at = clock();
  const [[key], sealingKeys] = await database.session("first-primary").batch(findKey(id), readSealingKey());
  rememberSeal(sealing, sealingKeys);
  const verdict = key ? verify(key, text, clock()) : "unknown";
  // Only valid keys are cached, so that guesses do not evict the keys of other clients.
  if (key && typeof verdict === "object") remember(known, id, { key, asked_at });
  return verdict;
}

/** Removes a key from the cache. */
export function forget({ known }: KeyRing, id: string): void {
  known.delete(id);
}

function verify(key: StoredKey, text: string, now: number): Identified {
  // The digest comes first: only the owner of the whole key learns that it is revoked or expired.
  if (!isEqual(fingerprintOf(text), key.digest)) return "unknown";
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && key.expires_at <= now ? "expired" : key;
}

function remember(known: KnownKeys, id: string, entry: CachedKey): void {
  const [oldest] = known.keys();
  if (known.size >= MAX_CACHED && oldest !== undefined) known.delete(oldest);
  known.set(id, entry);
}
