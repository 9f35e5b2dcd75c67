import { announce } from "../announce.ts";
import { type Database, statement, UniqueViolation } from "../db/database.ts";
import { partsOf } from "../db/divide.ts";
import { mayBeTooLarge } from "../db/failures.ts";
import { BudgetSpent } from "../db/usage.ts";
import type { Deps } from "../deps.ts";
import { Refusal, reasonOf } from "../errors.ts";
import { type FieldError, fieldErrors } from "../input-errors.ts";
import { commit, lookAfter, looked, NOTHING_WATCHED } from "./commit.ts";
import { append, type Change } from "./event-store.ts";
import type { CommandContext, Outcome } from "./execute.ts";
import { recall, remember, replay } from "./idempotency.ts";
import { type ImportLine, importLine, importTicket } from "./import-line.ts";

/** A line that was not taken, and why. */
export interface RefusedLine {
  /** From 1, blank lines counted. */
  readonly line: number;
  readonly external_id: string | null;
  readonly errors: FieldError[];
}

/** What became of an import. */
export interface ImportResult {
  /** Tickets that are new. */
  readonly taken: number;
  /** Lines whose `external_id` was there already: nothing was done. */
  readonly repeated: number;
  readonly refused: RefusedLine[];
  /** The first line that was not looked at, because the request may make no more database calls; null if all lines were. */
  readonly next_line: number | null;
  /** When the database took the last of them, milliseconds since 1970; null where it took none. */
  readonly recorded_at: number | null;
}

interface ReadLine {
  readonly number: number;
  readonly ticket: ImportLine;
}

/** Lines in one request: what a Worker answers within its memory. */
export const MOST_LINES = 10_000;

/** Tickets in one transaction, and the size of their lines in characters. */
const BATCH = { tickets: 250, characters: 2_000_000 };

/** D1 calls of one batch: which of its tickets are there, and the others. */
const CALLS_A_BATCH = 2;

/** D1 calls of the answer: it is stored, or another's with the same key is read. */
const CALLS_OF_ANSWER = 2;

/** How often a batch that another import overtook is tried. */
const TRIES = 5;

/**
 * Takes tickets with their conversations, as many as are valid, through the same events, backlog and queue as the commands.
 * A line's `external_id` makes a repeat harmless; an idempotency key makes its answer the same, too. If the budget does not suffice for
 * all lines, the answer names the first of the others.
 *
 * @param text one JSON object a line (NDJSON)
 * @throws {@link Refusal} `too-many-lines`, `idempotency-key-reused`
 */
export async function importTickets(deps: Deps, context: CommandContext, text: string): Promise<Outcome<ImportResult>> {
  const { batches, refused } = readLines(text);
  const database = deps.databaseFor(context.workspace_id);
  const before = await replayed(database, context);
  if (before) return before;
  const { next_line, ...result } = await deps.usage.reserve(CALLS_OF_ANSWER, () =>
    takeBatches(deps, database, context, batches),
  );
  const answered = [...refused, ...result.refused].filter(({ line }) => next_line === null || line < next_line);
  return await answer(deps, database, context, {
    ...result,
    refused: answered.toSorted((one, other) => one.line - other.line),
    next_line,
  });
}

/** Takes batch after batch, as many as the budget allows. */
async function takeBatches(
  deps: Deps,
  database: Database,
  context: CommandContext,
  batches: readonly (readonly ReadLine[])[],
): Promise<ImportResult> {
  const result = { taken: 0, repeated: 0, refused: [] as RefusedLine[], recorded_at: null as number | null };
  for (const batch of batches) {
    const next_line = batch[0]?.number ?? null;
    if (!deps.usage.allows(CALLS_A_BATCH)) return { ...result, next_line };
    const { changes, refused } = decideLines(deps, context, batch);
    try {
      const { recorded, recorded_at } = await record(deps, database, context, changes);
      result.taken += recorded;
      result.repeated += changes.length - recorded;
      result.recorded_at = recorded_at ?? result.recorded_at;
    } catch (error) {
      // Rivals have used up the budget. If the batch took effect all the same, its lines count as repeated when they are sent again.
      if (error instanceof BudgetSpent) return { ...result, next_line };
      throw error;
    }
    result.refused.push(...refused);
  }
  return { ...result, next_line: null };
}

/** Parses and validates the lines, and groups the valid ones to batches. */
function readLines(text: string) {
  const lines = text.split("\n");
  if (lines.length > MOST_LINES + 1) {
    throw new Refusal("too-many-lines", `The import has more than ${MOST_LINES} lines: send it in parts`);
  }
  const batches: ReadLine[][] = [];
  const refused: RefusedLine[] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const number = index + 1;
    const { ticket, ...refusal } = readLine(line);
    if (!ticket) {
      refused.push({ line: number, external_id: null, errors: [], ...refusal });
      continue;
    }
    characters += line.length;
    if (characters > BATCH.characters || (batches.at(-1)?.length ?? 0) >= BATCH.tickets) {
      batches.push([]);
      characters = line.length;
    }
    batches.at(-1)?.push({ number, ticket });
  }
  return { batches, refused };
}

function readLine(line: string): Partial<RefusedLine> & { ticket?: ImportLine } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { errors: [{ detail: "is not valid JSON", pointer: "" }] };
  }
  const parsed = importLine.safeParse(json);
  if (parsed.success) return { ticket: parsed.data };
  return { external_id: externalIdOf(json), errors: fieldErrors(parsed.error) };
}

function externalIdOf(json: unknown): string | null {
  if (typeof json !== "object" || json === null || !("external_id" in json)) return null;
  return typeof json.external_id === "string" ? json.external_id.slice(0, 200) : null;
}

/** Decides what the lines of a batch amount to. */
function decideLines(deps: Deps, { workspace_id }: CommandContext, batch: readonly ReadLine[]) {
  const changes: Change[] = [];
  const refused: RefusedLine[] = [];
  for (const { number, ticket } of batch) {
    try {
      changes.push(importTicket(ticket, workspace_id, deps.newId));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const errors = [{ detail: error.message, pointer: error.field ?? "" }];
      refused.push({ line: number, external_id: ticket.external_id, errors });
    }
  }
  return { changes, refused };
}

/** What was done with a batch. */
interface Recorded {
  readonly recorded: number;
  readonly recorded_at: number | null;
}

/** Records those of the tickets that are not there yet: in one transaction, or in halves if that may have been too large. */
async function record(
  deps: Deps,
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
      const { recorded, recorded_at } = await record(deps, database, context, part);
      sum = { recorded: sum.recorded + recorded, recorded_at: recorded_at ?? sum.recorded_at };
    }
    return sum;
  }
}

async function recordAtOnce(
  deps: Deps,
  database: Database,
  { workspace_id }: CommandContext,
  changes: readonly Change[],
): Promise<Recorded> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { fresh, own } = await lookUp(database, workspace_id, changes);
    const look = lookAfter(workspace_id, NOTHING_WATCHED);
    if (fresh.length === 0) {
      if (own === 0) return { recorded: 0, recorded_at: null };
      const [[seen]] = await database.session("first-primary").batch(look);
      return { recorded: own, recorded_at: seen?.recorded_at ?? null };
    }
    try {
      const events = fresh.flatMap((change) => change.events);
      const { seen } = await commit(deps, database, look, append(fresh, deps.clock()), events);
      const messages = fresh.map(({ ticket: { id, version } }) => ({ workspace_id, ticket_id: id, version }));
      deps.waitUntil(announce(deps, messages));
      return { recorded: own + fresh.length, recorded_at: seen.recorded_at };
    } catch (error) {
      // Another import has taken one of these tickets since: look again.
      if (!(error instanceof UniqueViolation)) throw error;
    }
  }
  throw new Refusal("concurrent-change", "Others are importing the same tickets: repeat the request");
}

/** Which of the tickets are not there yet, and how many are there because a larger batch with them took effect after all. */
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

/** What a request with the same key was answered, if there was one. */
async function replayed(
  database: Database,
  { workspace_id, idempotencyKey }: CommandContext,
): Promise<Outcome<ImportResult> | undefined> {
  if (!idempotencyKey) return undefined;
  const session = database.session("first-primary");
  const [[known], seen] = await session.batch(
    recall(workspace_id, idempotencyKey),
    lookAfter(workspace_id, NOTHING_WATCHED),
  );
  if (!known) return undefined;
  const answer = replay<ImportResult>(known, idempotencyKey);
  return { answer, replayed: true, wrote: false, ...looked(seen, session.bookmark()) };
}

/** Keeps the answer where there is a key; the lines themselves are safe to repeat, and so need no transaction with it. */
async function answer(
  deps: Deps,
  database: Database,
  context: CommandContext,
  result: ImportResult,
): Promise<Outcome<ImportResult>> {
  const { workspace_id, idempotencyKey } = context;
  const record = idempotencyKey ? [remember(workspace_id, idempotencyKey, result, deps.clock())] : [];
  try {
    const committed = await commit(deps, database, lookAfter(workspace_id, context.watched), record, []);
    return { answer: result, replayed: false, wrote: result.taken > 0, ...committed };
  } catch (error) {
    const first = error instanceof UniqueViolation && (await replayed(database, context));
    if (first) return first;
    throw error;
  }
}
