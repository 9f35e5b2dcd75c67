import type { Access } from "../src/keys/access.ts";
import type { Database } from "../src/platform/database.ts";
import { Seal } from "../src/platform/sealed.ts";

/** The key of the tests' deployment (`vitest.config.ts`). */
export const KEY = "test-root-key";

/** What the tests seal with, so that they can also open and forge: `test/http/sealing-key.test.ts` has the service's own key. */
export const SEAL = new Seal(new Uint8Array(32).fill(7));

/** A door with the tests' root key, that remembers no other keys yet and counts nobody's requests. */
export function accessTo(database: Database, overrides: Partial<Access> = {}): Access {
  return {
    rootKey: KEY,
    keyRing: { database, known: new Map(), sealing: {} },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    requestLimit: undefined,
    lookupLimit: undefined,
    barred: new Map(),
    origins: [],
    ...overrides,
  };
}
