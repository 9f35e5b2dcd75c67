import { type Statement, statement } from "../platform/database.ts";
import type { apiKeys } from "../platform/tables/source.ts";

/** A key as the database has it. */
export type StoredKey = typeof apiKeys.$inferSelect;

/** A key as the API shows it. */
export type ShownKey = Omit<StoredKey, "digest">;

const SHOWN = "id, workspace_id, name, role, agent_id, created_by, created_at, expires_at, revoked_at";

export function findKey(id: string): Statement<StoredKey> {
  return statement<StoredKey>(`SELECT ${SHOWN}, digest FROM api_keys WHERE id = ?1`, id);
}

export function insertKey(key: Omit<StoredKey, "revoked_at">): Statement {
  return statement(
    `INSERT INTO api_keys (id, workspace_id, name, role, agent_id, digest, created_by, created_at, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    ...[key.id, key.workspace_id, key.name, key.role, key.agent_id, key.digest],
    ...[key.created_by, key.created_at, key.expires_at],
  );
}

/** The keys that a caller may see. */
export interface KeyScope {
  /** Undefined for the keys of all workspaces. */
  readonly workspace_id: string | undefined;
}

/**
 * Lists keys, newest first.
 *
 * @param before the last id of the previous page
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
 * Revokes a key. A key that is already revoked keeps its time. A key of another workspace is not even read, because the row counts in
 * `Server-Timing` would tell it from a key that does not exist.
 *
 * @returns a statement with one row, the key, if the caller may see it
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
