import { Refusal } from "../domain/refusal.ts";
import type { Platform } from "../platform/platform.ts";
import { type Session, type Statement, statement } from "./database.ts";
import { reasonOf } from "./errors.ts";
import type { idempotencyRecords } from "./tables/source.ts";
import type { Usage } from "./usage.ts";

/** The key that a client gave to a request, and what tells this request from another with the same key. */
export interface IdempotencyKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** How long a key is kept, in milliseconds. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Records that one statement purges. */
const PURGE_BATCH = 5_000;

/** Statements of one purge. */
const MAX_PURGES = 20;

type Record = Readonly<Pick<typeof idempotencyRecords.$inferSelect, "fingerprint" | "answer">>;

/**
 * The record of an answer. As the first statement of the command's own transaction, it lets only one of several requests
 * with the same key have an effect.
 */
export function remember(
  workspaceId: string,
  { key, fingerprint }: IdempotencyKey,
  answer: unknown,
  now: number,
): Statement {
  return statement(
    `INSERT INTO idempotency_records (workspace_id, key, fingerprint, answer, created_at)
     VALUES (?1, ?2, ?3, ?4, max(?5, (SELECT at FROM db_clock)))`,
    workspaceId,
    key,
    fingerprint,
    JSON.stringify(answer),
    now,
  );
}

/** Looks for the record of a key. */
export function recall(workspaceId: string, key: IdempotencyKey | undefined): Statement<Record> {
  return statement<Record>(
    "SELECT fingerprint, answer FROM idempotency_records WHERE workspace_id = ?1 AND key = ?2",
    workspaceId,
    key?.key ?? null,
  );
}

/**
 * The answer that a request with this key was given.
 *
 * @throws {@link Refusal} `idempotency-key-reused` when it was another request
 */
export function replay<Answer>(record: Record, { fingerprint }: IdempotencyKey): Answer {
  if (record.fingerprint === fingerprint) return JSON.parse(record.answer);
  throw new Refusal("idempotency-key-reused", "This Idempotency-Key was used for another request: use a new one");
}

/** Forgets keys that are older than a day, by the database's own clock. */
export async function purgeIdempotencyRecords(deps: Platform): Promise<void> {
  for (const database of deps.databases()) {
    try {
      await purge(database.session("first-primary"), deps.usage);
    } catch (error) {
      deps.log("error", "idempotency.purge_failed", { reason: reasonOf(error) });
    }
  }
}

async function purge(session: Session, usage: Usage): Promise<void> {
  for (let purges = 0; purges < MAX_PURGES && usage.allows(1); purges++) {
    const [purged] = await session.batch(
      statement<{ key: string }>(
        `DELETE FROM idempotency_records WHERE (workspace_id, key) IN (
           SELECT workspace_id, key FROM idempotency_records
           WHERE created_at < (SELECT at FROM db_clock) - ?1 ORDER BY created_at LIMIT ?2) RETURNING key`,
        KEPT_MS,
        PURGE_BATCH,
      ),
    );
    if (purged.length < PURGE_BATCH) return;
  }
}
