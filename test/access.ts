import type { Database } from "../src/db/database.ts";
import type { Access } from "../src/deps.ts";

/** The key of the tests' deployment (`vitest.config.ts`). */
export const KEY = "test-root-key";

/** A door with the tests' root key, that remembers no other keys yet and counts nobody's requests. */
export function accessTo(database: Database, overrides: Partial<Access> = {}): Access {
  return {
    rootKey: KEY,
    keyRing: { database, known: new Map() },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    requestLimit: undefined,
    lookupLimit: undefined,
    origins: [],
    ...overrides,
  };
}
