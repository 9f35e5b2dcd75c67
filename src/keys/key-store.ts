import { type Statement, statement } from "../platform/database.ts";
import type { apiKeys } from "../platform/tables/source.ts";

/** A key as it is kept. */
export type StoredKey = typeof apiKeys.$inferSelect;

/** A key as it is shown. */
export type ShownKey = Omit<StoredKey, "digest">;

const SHOWN = "id, workspace_id, name, role, agent_id, created_by, created_at, expires_at, revoked_at";

/** The key with that id. */
export function findKey(id: string): Statement<StoredKey> {
  return statement<StoredKey>(`SELECT ${SHOWN}, digest FROM api_keys WHERE id = ?1`, id);
}

/** Keeps a new key. */
export function insertKey(key: Omit<StoredKey, "revoked_at">): Statement {
  return statement(
    `INSERT INTO api_keys (id, workspace_id, name, role, agent_id, digest, created_by, created_at, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    ...[key.id, key.workspace_id, key.name, key.role, key.agent_id, key.digest],
    ...[key.created_by, key.created_at, key.expires_at],
  );
}

/** Which keys a caller sees. */
export interface KeyScope {
  /** Undefined: those of every workspace. */
  readonly workspace_id: string | undefined;
}

/**
 * Keys, the newest first.
 *
 * @param before the page begins after this id
 */
export function listKeys({ workspace_id }: KeyScope, before: string | undefined, limit: number): Statement<ShownKey> {
  const conditions = [
    ...(workspace_id === undefined ? [] : [{ sql: "workspace_id = ?", value: workspace_id }]),
    ...(before === undefined ? [] : [{ sql: "id < ?", value: before }]),
  ];
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  return statement<ShownKey>(
    `SELECT ${SHOWN} FROM api_keys ${where} ORDER BY id DESC LIMIT ?`,
    ...conditions.map(({ value }) => value),
    limit,
  );
}

/**
 * Revokes a key. One that is revoked already keeps its time. The key of another workspace is not even read: the answer's figures
 * (`Server-Timing`) would tell it from one that is not there.
 *
 * @returns the statement; its one row is the key, where the caller sees it
 */
export function revokeKey({ workspace_id }: KeyScope, id: string, now: number): Statement<ShownKey> {
  const revoking = "SET revoked_at = coalesce(revoked_at, ?1) WHERE id = ?2";
  return workspace_id === undefined
    ? statement<ShownKey>(`UPDATE api_keys ${revoking} RETURNING ${SHOWN}`, now, id)
    : statement<ShownKey>(
        `UPDATE api_keys INDEXED BY api_keys_workspace ${revoking} AND workspace_id = ?3 RETURNING ${SHOWN}`,
        ...[now, id, workspace_id],
      );
}
