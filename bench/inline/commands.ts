import { type Accepted, changeTicket, nextChange } from "../../src/commands/change-ticket.ts";
import { commandTime } from "../../src/commands/command-time.ts";
import { commit, NO_TOKEN, readSnapshot, snapshotOf } from "../../src/commands/commit.ts";
import { append, type Change, ticketOf } from "../../src/commands/event-store.ts";
import { backOff, type CommandContext, type Outcome } from "../../src/commands/transact.ts";
import { type ChangeTicket, type CreateTicket, decide } from "../../src/domain/decide.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import type { Runtime } from "../../src/http/api.ts";
import { type Statement, UniqueViolation } from "../../src/platform/database.ts";
import { recall, remember, replay } from "../../src/platform/idempotency.ts";
import { type Projected, rowWriter } from "../../src/projection/core/projection.ts";
import { NEWEST_EVENTS } from "../../src/projection/read-models/ticket-list/search-text.ts";
import { loadSources, projectedAfter, type SourceRow } from "./source.ts";

/** What one command does to one ticket, and the row that shows it. */
export interface Projection {
  readonly change: Change;
  readonly row: Projected;
}

const TRIES = 8;

/** Creates a ticket with its row, in one D1 call. */
export async function createTicket(
  deps: Runtime,
  context: CommandContext,
  command: CreateTicket,
): Promise<Outcome<Accepted>> {
  const id = deps.newId();
  const now = deps.clock();
  const change = nextChange(deps, context, { id, fact: decide(undefined, command), occurred_at: now });
  const answer = { id, version: 1 };
  try {
    return await record(deps, context, answer, [{ change, row: projectedAfter(undefined, change) }], now);
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    const { replayed } = await load<Accepted>(deps, context, [id]);
    if (replayed) return replayed;
    throw new Refusal("external-id-taken", "A ticket already has this external_id", "/external_id");
  }
}

/** Changes a ticket and its row, in two D1 calls: the first reads the texts along that the row shows. */
export async function changeInline(
  deps: Runtime,
  context: CommandContext,
  id: string,
  command: ChangeTicket,
): Promise<Outcome<Accepted>> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { sources, replayed, committed } = await load<Accepted>(deps, context, [id]);
    if (replayed) return replayed;
    const before = sources.get(id);
    if (!before) throw new Refusal("ticket-not-found", "Ticket not found");
    if (!context.mayChange(before.version)) throw new Refusal("precondition-failed", "The ticket has another version");
    // Which texts of a long ticket a row shows, only the whole of its events tells.
    if (before.version >= NEWEST_EVENTS) return await changeTicket(deps, context, id, command);
    const now = deps.clock();
    const projection = decideInline(deps, context, before, command, commandTime(now, committed.snapshot));
    const answer = { id, version: projection?.change.ticket.version ?? before.version };
    if (!projection && !context.idempotencyKey) return { answer, replayed: false, wrote: false, ...committed };
    try {
      return await record(deps, context, answer, projection ? [projection] : [], now);
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      await backOff(deps, tries);
    }
  }
  throw new Refusal("concurrent-change", "Other requests keep changing this ticket: read it again, then retry");
}

/** What a command does to a ticket; undefined where it changes nothing. */
export function decideInline(
  deps: Runtime,
  context: CommandContext,
  before: SourceRow,
  command: ChangeTicket,
  occurred_at: number,
): Projection | undefined {
  const ticket = ticketOf(before);
  const fact = decide(ticket, command);
  if (!fact) return undefined;
  const change = nextChange(deps, context, { id: ticket.id, ticket, fact, occurred_at });
  return { change, row: projectedAfter(before, change) };
}

/** C1, with what rows are made of. */
export async function load<Answer>(
  deps: Runtime,
  { workspace_id, idempotencyKey }: CommandContext,
  ids: readonly string[],
) {
  const session = deps.databaseFor(workspace_id).session("first-primary");
  const [rows, [known], snapshots] = await session.batch(
    loadSources(workspace_id, ids),
    recall(workspace_id, idempotencyKey),
    readSnapshot(workspace_id, NO_TOKEN),
  );
  const committed = snapshotOf(snapshots, session.bookmark());
  const replayed: Outcome<Answer> | undefined = known &&
    idempotencyKey && { answer: replay<Answer>(known, idempotencyKey), replayed: true, wrote: false, ...committed };
  return { sources: new Map(rows.map((row) => [row.id, row])), replayed, committed };
}

/** C2: the events, and in the same transaction the rows. No ticket is ever behind, so none goes into the backlog, and the queue is told nothing. */
export async function record<Answer>(
  deps: Runtime,
  { workspace_id, idempotencyKey, readerToken }: CommandContext,
  answer: Answer,
  projections: readonly Projection[],
  now: number,
): Promise<Outcome<Answer>> {
  const changes = projections.map(({ change }) => change);
  const statements = [
    ...(idempotencyKey ? [remember(workspace_id, idempotencyKey, answer, now)] : []),
    ...(changes.length > 0 ? append(changes, now).filter(isNotOfBacklog) : []),
    ...(changes.length > 0 ? rowWriter(deps.projection)(projections.map(({ row }) => row)) : []),
  ];
  const database = deps.databaseFor(workspace_id);
  const events = changes.flatMap((change) => change.events);
  const committed = await commit(deps, database, readSnapshot(workspace_id, readerToken), statements, events);
  return { answer, replayed: false, wrote: changes.length > 0, ...committed };
}

function isNotOfBacklog({ sql }: Statement): boolean {
  return !sql.includes("INSERT INTO projection_backlog");
}
