import { Refusal } from "../domain/refusal.ts";
import { UniqueViolation } from "../platform/database.ts";
import { type IdempotencyKey, recall, remember, replay } from "../platform/idempotency.ts";
import { fingerprintOf } from "../platform/sealed.ts";
import type { Guarded } from "./access.ts";
import { formatKey, SECRET_BYTES } from "./key.ts";
import { forget } from "./key-ring.ts";
import { insertKey, type KeyScope, revokeKey, type ShownKey, type StoredKey } from "./key-store.ts";
import type { Role } from "./roles.ts";

/** The properties of a new key. */
export type NewKey = Pick<StoredKey, "workspace_id" | "name" | "role" | "agent_id" | "expires_at">;

/** A created key. Its text is only in the first answer. */
export interface CreatedKey {
  readonly shown: ShownKey;
  readonly text: string | null;
  /** True if an earlier request with the same idempotency key created it. */
  readonly replayed: boolean;
}

/** The caller that creates a key. */
export interface Creator {
  readonly workspace_id: string;
  /** The id of the caller's key; null for the root key. */
  readonly key_id: string | null;
  readonly role: Role;
  readonly idempotencyKey: IdempotencyKey | undefined;
}

/**
 * Creates a key, in one D1 call. A repeated request gets the key of the first one, but not its text: the text is not stored.
 *
 * @throws {@link Refusal} `other-workspace`, `already-expired`, `idempotency-key-reused`
 */
export async function createKey(deps: Guarded, creator: Creator, newKey: NewKey): Promise<CreatedKey> {
  const { keyRing, randomBytes } = deps.access;
  const now = deps.clock();
  assertAllowed(creator, newKey, now);
  const id = deps.newId();
  const text = formatKey(id, randomBytes(SECRET_BYTES));
  const { workspace_id, key_id, idempotencyKey } = creator;
  const session = keyRing.database.session("first-primary");
  const insert = insertKey({ ...newKey, id, digest: fingerprintOf(text), created_by: key_id, created_at: now });
  const shown: ShownKey = { ...newKey, id, created_by: key_id, created_at: now, revoked_at: null };
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

/** @throws Refusal `other-workspace`, `already-expired` */
function assertAllowed({ role, workspace_id }: Creator, newKey: NewKey, now: number): void {
  if (role !== "root" && newKey.workspace_id !== workspace_id) {
    throw new Refusal("other-workspace", "a key can create keys only in its own workspace", "/workspace_id");
  }
  if (newKey.expires_at !== null && newKey.expires_at <= now) {
    throw new Refusal("already-expired", "must be in the future", "/expires_at");
  }
}

/**
 * Revokes a key: immediately in this isolate, within 30 seconds in others.
 *
 * @throws {@link Refusal} `key-not-found`, also for a key that the caller may not see
 */
export async function revoke(deps: Guarded, scope: KeyScope, id: string): Promise<void> {
  const { keyRing } = deps.access;
  const [[revoked]] = await keyRing.database.session("first-primary").batch(revokeKey(scope, id, deps.clock()));
  if (!revoked) throw new Refusal("key-not-found", "Key not found");
  forget(keyRing, id);
}
