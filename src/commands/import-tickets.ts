import { type Database, statement, UniqueViolation } from "../platform/database.ts";
import { PASS } from "../platform/deadline.ts";
import { partsOf } from "../platform/divide.ts";
import { reasonOf } from "../platform/errors.ts";
import { failureOf, mayBeTooLarge } from "../platform/failures.ts";
import { recall, replay } from "../platform/idempotency.ts";
import type { Platform } from "../platform/platform.ts";
import { NO_TOKEN, readSnapshot, snapshotOf } from "./commit.ts";
import type { Change } from "./event-store.ts";
import { batchesOf } from "./import-batches.ts";
import { importTicket } from "./import-line.ts";
import { type RefusedLine, RefusedLines } from "./refused-lines.ts";
import { appendAndAnnounce, type CommandContext, type Outcome, record, retryLostRaces } from "./transact.ts";

/** The result of an import. */
export interface ImportResult {
  /** New tickets. */
  readonly taken: number;
  /** Lines whose `external_id` existed already: they change nothing. */
  readonly repeated: number;
  /** All refused lines, also those that {@link refused} leaves out. */
  readonly refused_count: number;
  /** The first refused lines. */
  readonly refused: RefusedLine[];
  /** True if more lines were refused than {@link refused} has. */
  readonly refused_truncated: boolean;
  /** The first line that was not read, because the request had used up its database calls; null if all lines were read. */
  readonly next_line: number | null;
  /** When the database recorded the last ticket, in milliseconds since 1970; null if it recorded none. */
  readonly recorded_at: number | null;
}

/** A stored answer. Earlier versions stored all refused lines, no count of them, and no next line. */
type KeptResult = Partial<ImportResult> & Pick<ImportResult, "taken" | "repeated" | "refused" | "recorded_at">;

/** D1 calls of one batch: one reads which tickets exist, one records the others. */
const CALLS_PER_BATCH = 2;

/** D1 calls of the answer: one stores it; if another request with the same key was faster, one reads that request's answer. */
const CALLS_OF_ANSWER = 2;

/** Tries of a batch whose tickets another import takes at the same time. */
const MAX_TRIES = 5;

/**
 * Imports the valid lines as tickets with their conversations, through the same events, backlog and queue as the commands. Because of
 * `external_id`, repeating an import creates no duplicates. With an idempotency key, the repeat also gets the first answer. If the budget
 * does not suffice for all lines, the answer names the first line that is left.
 *
 * @param body one JSON object a line (NDJSON), in UTF-8
 * @throws Refusal `too-many-lines`, `idempotency-key-reused`
 */
export async function importTickets(
  deps: Platform,
  context: CommandContext,
  body: Uint8Array,
): Promise<Outcome<ImportResult>> {
  const database = deps.databaseFor(context.workspace_id).within(PASS);
  const before = await replayed(database, context);
  if (before) return before;
  const result = await deps.usage.reserve(CALLS_OF_ANSWER, () => importBatches(deps, database, context, body));
  return await answer(deps, database, context, result);
}

/** Imports one batch after the other, until the budget is used up. */
async function importBatches(
  deps: Platform,
  database: Database,
  context: CommandContext,
  body: Uint8Array,
): Promise<ImportResult> {
  const refused = new RefusedLines();
  const taken = { taken: 0, repeated: 0, recorded_at: null as number | null };
  const result = (next_line: number | null): ImportResult => ({
    ...{ taken: taken.taken, repeated: taken.repeated },
    ...{ refused_count: refused.count, refused: refused.lines, refused_truncated: refused.isTruncated },
    ...{ next_line, recorded_at: taken.recorded_at },
  });
  for (const batch of batchesOf(body, deps.clock(), refused)) {
    if (!deps.usage.allows(CALLS_PER_BATCH)) return result(batch.firstLine);
    const changes = batch.tickets.map((ticket) => importTicket(ticket, context.workspace_id, deps.newId));
    try {
      const { recorded, recorded_at } = await recordBatch(deps, database, context, changes);
      taken.taken += recorded;
      taken.repeated += changes.length - recorded;
      taken.recorded_at = recorded_at ?? taken.recorded_at;
    } catch (error) {
      // Lost races have used up the budget. If the batch took effect anyway, its lines count as repeated when they are sent again.
      if (failureOf(error) === "calls-spent") return result(batch.firstLine);
      throw error;
    }
    for (const line of batch.refused) refused.add(line);
  }
  return result(null);
}

interface Recorded {
  readonly recorded: number;
  readonly recorded_at: number | null;
}

/** Records the new tickets of a batch in one transaction, or in smaller ones if it may have been too large. */
async function recordBatch(
  deps: Platform,
  database: Database,
  context: CommandContext,
  changes: readonly Change[],
): Promise<Recorded> {
  try {
    return await recordAtOnce(deps, database, context, changes);
  } catch (error) {
    if (changes.length <= 1 || !mayBeTooLarge(error)) throw error;
    deps.log("warn", "import.batch_divided", { tickets: changes.length, reason: reasonOf(error) });
    let sum: Recorded = { recorded: 0, recorded_at: null };
    for (const part of partsOf(changes, error)) {
      const { recorded, recorded_at } = await recordBatch(deps, database, context, part);
      sum = { recorded: sum.recorded + recorded, recorded_at: recorded_at ?? sum.recorded_at };
    }
    return sum;
  }
}

async function recordAtOnce(
  deps: Platform,
  database: Database,
  { workspace_id }: CommandContext,
  changes: readonly Change[],
): Promise<Recorded> {
  const attempt = async () => {
    const { fresh, own } = await lookUp(database, workspace_id, changes);
    if (fresh.length === 0) {
      if (own === 0) return { recorded: 0, recorded_at: null };
      const [[snapshot]] = await database.session("first-primary").batch(readSnapshot(workspace_id, NO_TOKEN));
      return { recorded: own, recorded_at: snapshot?.recorded_at ?? null };
    }
    const write = { workspace_id, now: deps.clock(), changes: fresh };
    const { snapshot } = await appendAndAnnounce(deps, database, write);
    return { recorded: own + fresh.length, recorded_at: snapshot.recorded_at };
  };
  return await retryLostRaces(attempt, {
    mayTry: (tries) => tries < MAX_TRIES,
    conflictDetail: "Other requests are importing the same tickets: retry the request",
  });
}

/** The changes whose tickets are new, and how many tickets exist because a larger batch with them took effect after all. */
async function lookUp(
  database: Database,
  workspaceId: string,
  changes: readonly Change[],
): Promise<{ fresh: Change[]; own: number }> {
  const ids = changes.map(({ ticket }) => ticket.external_id);
  const [rows] = await database.session("first-primary").batch(
    statement<{ external_id: string; id: string }>(
      `SELECT ticket.external_id, ticket.id FROM json_each(?2) AS id
       CROSS JOIN tickets AS ticket ON ticket.workspace_id = ?1 AND ticket.external_id = id.value`,
      workspaceId,
      JSON.stringify(ids),
    ),
  );
  const known = new Set<string | null>(rows.map(({ external_id }) => external_id));
  const there = new Set(rows.map(({ id }) => id));
  const fresh = changes.filter(({ ticket: { external_id } }) => {
    const isNew = !known.has(external_id);
    known.add(external_id);
    return isNew;
  });
  return { fresh, own: changes.filter(({ ticket }) => there.has(ticket.id)).length };
}

/** The answer to an earlier request with the same key. */
async function replayed(
  database: Database,
  { workspace_id, idempotencyKey }: CommandContext,
): Promise<Outcome<ImportResult> | undefined> {
  if (!idempotencyKey) return undefined;
  const session = database.session("first-primary");
  const [[known], snapshots] = await session.batch(
    recall(workspace_id, idempotencyKey),
    readSnapshot(workspace_id, NO_TOKEN),
  );
  if (!known) return undefined;
  const kept = replay<KeptResult>(known, idempotencyKey);
  const { refused_count = kept.refused.length, refused_truncated = false, next_line = null } = kept;
  const answer = { ...kept, refused_count, refused_truncated, next_line };
  return { answer, replayed: true, wrote: false, ...snapshotOf(snapshots, session.bookmark()) };
}

/** Stores the answer if there is a key. It needs no transaction with the lines, because those are safe to repeat. */
async function answer(
  deps: Platform,
  database: Database,
  context: CommandContext,
  result: ImportResult,
): Promise<Outcome<ImportResult>> {
  try {
    const outcome = await record(deps, database, context, { answer: result, changes: [] });
    return { ...outcome, wrote: result.taken > 0 };
  } catch (error) {
    const first = error instanceof UniqueViolation && (await replayed(database, context));
    if (first) return first;
    throw error;
  }
}
