import { Refusal } from "../domain/refusal.ts";
import type { Guarded } from "../keys/access.ts";
import { UniqueViolation } from "../platform/database.ts";
import { type IdempotencyKey, recall, remember, replay } from "../platform/idempotency.ts";
import { fingerprintOf } from "../platform/sealed.ts";
import { SECRET_BYTES, writeKey } from "./key.ts";
import { forget } from "./key-ring.ts";
import { insertKey, type KeyScope, revokeKey, type ShownKey, type StoredKey } from "./key-store.ts";
import type { Role } from "./roles.ts";

/** What a new key is to be. */
export type NewKey = Pick<StoredKey, "workspace_id" | "name" | "role" | "agent_id" | "expires_at">;

/** A key, and its text where this is the one time that it is shown. */
export interface MadeKey {
  readonly shown: ShownKey;
  readonly text: string | null;
  /** Whether a request with the same idempotency key made it before. */
  readonly replayed: boolean;
}

/** On whose behalf a key is made. */
export interface Maker {
  readonly workspace_id: string;
  /** The key of whoever makes it; null for the root key. */
  readonly key_id: string | null;
  readonly role: Role;
  readonly idempotencyKey: IdempotencyKey | undefined;
}

/**
 * Makes a key, in one D1 call. A repeated request finds the key that the first one made, but not its text: that is nowhere.
 *
 * @throws {@link Refusal} `other-workspace`, `already-expired`, `idempotency-key-reused`
 */
export async function createKey(deps: Guarded, maker: Maker, wish: NewKey): Promise<MadeKey> {
  const { keyRing, randomBytes } = deps.access;
  const now = deps.clock();
  insistOn(maker, wish, now);
  const id = deps.newId();
  const text = writeKey(id, randomBytes(SECRET_BYTES));
  const { workspace_id, key_id, idempotencyKey } = maker;
  const session = keyRing.database.session("first-primary");
  const insert = insertKey({ ...wish, id, digest: fingerprintOf(text), created_by: key_id, created_at: now });
  const shown: ShownKey = { ...wish, id, created_by: key_id, created_at: now, revoked_at: null };
  try {
    const record = idempotencyKey ? [remember(workspace_id, idempotencyKey, shown, now)] : [];
    await session.readAfter(record, insert);
    return { shown, text, replayed: false };
  } catch (error) {
    if (!(error instanceof UniqueViolation) || !idempotencyKey) throw error;
    const [[before]] = await session.batch(recall(workspace_id, idempotencyKey));
    if (!before) throw error;
    return { shown: replay<ShownKey>(before, idempotencyKey), text: null, replayed: true };
  }
}

/** What nobody may wish for. */
function insistOn({ role, workspace_id }: Maker, wish: NewKey, now: number): void {
  if (role !== "root" && wish.workspace_id !== workspace_id) {
    throw new Refusal("other-workspace", "a key can create keys only in its own workspace", "/workspace_id");
  }
  if (wish.expires_at !== null && wish.expires_at <= now) {
    throw new Refusal("already-expired", "must be in the future", "/expires_at");
  }
}

/**
 * Revokes a key: here at once, elsewhere within 30 seconds.
 *
 * @throws {@link Refusal} `key-not-found`, also for a key that the caller may not see
 */
export async function revoke(deps: Guarded, scope: KeyScope, id: string): Promise<void> {
  const { keyRing } = deps.access;
  const [[revoked]] = await keyRing.database.session("first-primary").batch(revokeKey(scope, id, deps.clock()));
  if (!revoked) throw new Refusal("key-not-found", "Key not found");
  forget(keyRing, id);
}
