import { hexToBytes } from "@noble/hashes/utils.js";
import { type Database, type Statement, statement } from "./database.ts";
import { Seal } from "./sealed.ts";
import type { sealingKey } from "./tables/source.ts";

type SealingKey = Pick<typeof sealingKey.$inferSelect, "key">;

/** What an isolate remembers of the sealing key, from one request to the next. */
export interface KnownSeal {
  seal?: Seal;
}

/** Reads the sealing key. */
export function readSealingKey(): Statement<SealingKey> {
  return statement<SealingKey>("SELECT key FROM sealing_key");
}

/** Remembers the seal of a key that was read, also if it is another one than before: somebody restored the database or changed it. */
export function rememberSeal(known: KnownSeal, [row]: readonly SealingKey[]): void {
  if (row) known.seal = new Seal(hexToBytes(row.key));
}

/**
 * The seal of the service, by at most one D1 call in the life of an isolate. A look-up of an API key reads the sealing key along, so that
 * only an isolate that has seen nothing but the root key needs the call.
 */
export async function sealOf(database: Database, known: KnownSeal): Promise<Seal> {
  if (!known.seal) {
    const [rows] = await database.session("first-primary").batch(readSealingKey());
    rememberSeal(known, rows);
  }
  if (!known.seal) throw new Error("sealing_key has no row: cursors and tokens cannot be sealed");
  return known.seal;
}
