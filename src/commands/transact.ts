import { Refusal } from "../domain/refusal.ts";
import { type Database, type Statement, UniqueViolation } from "../platform/database.ts";
import { type IdempotencyKey, recall, remember, replay } from "../platform/idempotency.ts";
import type { Platform } from "../platform/platform.ts";
import { announce } from "../platform/queue.ts";
import { commandTime } from "./command-time.ts";
import { type Committed, commit, NO_TOKEN, type ReaderToken, readSnapshot, snapshotOf } from "./commit.ts";
import { append, type Change } from "./event-store.ts";

/** The sender of a command, and the conditions under which it runs. */
export interface CommandContext {
  readonly workspace_id: string;
  /** The agent who acts; null if the credential names none. */
  readonly agent_id: string | null;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** Tells if the ticket may be changed at this version (`If-Match`). */
  readonly mayChange: (version: number) => boolean;
  readonly readerToken: ReaderToken;
}

/** The result of a command. */
export interface Outcome<Answer> extends Committed {
  readonly answer: Answer;
  /** True if an earlier request with the same key got this answer. */
  readonly replayed: boolean;
  /** True if the command wrote an event. Only then may the token drop the tickets that {@link Committed.snapshot} shows as projected. */
  readonly wrote: boolean;
}

/** What a command does: the events to append, and the answer to its client. */
export interface Decision<Answer> {
  readonly answer: Answer;
  /** Empty if the command changes nothing. */
  readonly changes: readonly Change[];
}

/** A command on tickets that exist. */
export interface Transaction<Row, Answer> {
  /** Reads the tickets. */
  readonly read: Statement<Row>;
  /**
   * @param occurredAt the time of the events, in milliseconds since 1970
   * @param tries how many tries came before this one
   */
  readonly decide: (rows: readonly Row[], occurredAt: number, tries: number) => Decision<Answer>;
  readonly maxTries: number;
  /** The problem detail if every try lost a race. */
  readonly conflictDetail: string;
}

/** D1 calls of one try: C1 reads, C2 writes. */
const CALLS_PER_TRY = 2;

/** The longest first backoff, in milliseconds; it doubles with each try. */
const FIRST_BACKOFF_MS = 5;

/** The longest backoff, in milliseconds. */
const MAX_BACKOFF_MS = 640;

/**
 * Runs a command in two D1 calls: read, decide, append, commit, announce. If a rival takes a ticket's next version or the idempotency
 * key first, nothing was written, and the command reads and decides again.
 *
 * @throws {@link Refusal} `idempotency-key-reused`, `concurrent-change`, and those of `decide`
 */
export async function transact<Row, Answer>(
  deps: Platform,
  context: CommandContext,
  { read, decide, maxTries, conflictDetail }: Transaction<Row, Answer>,
): Promise<Outcome<Answer>> {
  const database = deps.databaseFor(context.workspace_id);
  return await retryLostRaces(
    async (tries) => {
      const { rows, replayed, committed } = await readForCommand<Row, Answer>(database, context, read);
      if (replayed) return replayed;
      const decision = decide(rows, commandTime(deps.clock(), committed.snapshot), tries);
      if (decision.changes.length === 0 && !context.idempotencyKey) {
        return { answer: decision.answer, replayed: false, wrote: false, ...committed };
      }
      return await record(deps, database, context, decision);
    },
    {
      mayTry: (tries) => tries < maxTries && deps.usage.allows(CALLS_PER_TRY),
      backOff: (tries) => backOff(deps, tries),
      conflictDetail,
    },
  );
}

/** C1: rows of the source, and the answer to an earlier request with the same idempotency key. */
export async function readForCommand<Row, Answer>(
  database: Database,
  { workspace_id, idempotencyKey }: CommandContext,
  read: Statement<Row>,
) {
  const session = database.session("first-primary");
  const [rows, [known], snapshots] = await session.batch(
    read,
    recall(workspace_id, idempotencyKey),
    readSnapshot(workspace_id, NO_TOKEN),
  );
  const committed = snapshotOf(snapshots, session.bookmark());
  const replayed: Outcome<Answer> | undefined = known &&
    idempotencyKey && { answer: replay<Answer>(known, idempotencyKey), replayed: true, wrote: false, ...committed };
  return { rows, replayed, committed };
}

/** C2: the idempotency record, and the events with the rows that depend on them, in one transaction. */
export async function record<Answer>(
  deps: Platform,
  database: Database,
  { workspace_id, idempotencyKey, readerToken }: CommandContext,
  { answer, changes }: Decision<Answer>,
): Promise<Outcome<Answer>> {
  const now = deps.clock();
  const before = idempotencyKey ? [remember(workspace_id, idempotencyKey, answer, now)] : [];
  const committed = await appendAndAnnounce(deps, database, { workspace_id, now, changes, before, readerToken });
  return { answer, replayed: false, wrote: changes.length > 0, ...committed };
}

/** What {@link appendAndAnnounce} writes in one transaction. */
export interface Write {
  readonly workspace_id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly changes: readonly Change[];
  /** Statements before the events. */
  readonly before?: readonly Statement[];
  /** Statements after the events. */
  readonly after?: readonly Statement[];
  readonly readerToken?: ReaderToken;
}

/**
 * Appends the events, commits them, and tells the queue which tickets changed.
 *
 * @throws UniqueViolation if a rival was faster; UnknownOutcome if nobody knows whether the transaction took effect
 */
export async function appendAndAnnounce(
  deps: Platform,
  database: Database,
  { workspace_id, now, changes, before = [], after = [], readerToken = NO_TOKEN }: Write,
): Promise<Committed> {
  const statements = [...before, ...(changes.length > 0 ? append(changes, now) : []), ...after];
  const events = changes.flatMap((change) => change.events);
  const committed = await commit(deps, database, readSnapshot(workspace_id, readerToken), statements, events);
  const messages = changes.map(({ ticket: { id, version } }) => ({ workspace_id, ticket_id: id, version }));
  if (messages.length > 0) deps.waitUntil(announce(deps, messages));
  return committed;
}

/** When a lost race is tried again. */
export interface RetryPolicy {
  /** @param tries how many tries came before */
  readonly mayTry: (tries: number) => boolean;
  /** Waits after a lost race. */
  readonly backOff?: (tries: number) => Promise<void>;
  /** The problem detail if every try lost. */
  readonly conflictDetail: string;
}

/**
 * Repeats an attempt until no rival is faster.
 *
 * @throws {@link Refusal} `concurrent-change`
 */
export async function retryLostRaces<Result>(
  attempt: (tries: number) => Promise<Result>,
  { mayTry, backOff, conflictDetail }: RetryPolicy,
): Promise<Result> {
  for (let tries = 0; mayTry(tries); tries++) {
    try {
      return await attempt(tries);
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      await backOff?.(tries);
    }
  }
  throw new Refusal("concurrent-change", conflictDetail);
}

/** Waits with jitter, so that losing writers do not collide again. */
export async function backOff(deps: Platform, tries: number): Promise<void> {
  await deps.sleep(Math.ceil(deps.random() * Math.min(FIRST_BACKOFF_MS * 2 ** tries, MAX_BACKOFF_MS)));
}
