import { getTableName } from "drizzle-orm";
import { type Database, type Start, type Statement, statement } from "../db/database.ts";
import { failureOf, isDatabaseAtFault, mayBeTooLarge } from "../db/failures.ts";
import type { Deps } from "../deps.ts";
import { Refusal, reasonOf } from "../errors.ts";
import { freshnessOf, NOTHING_KNOWN } from "./freshness.ts";
import { named, type Projected, refsJson, type TicketRef } from "./projection.ts";
import type { Known } from "./revision.ts";
import { laterBookmark, type Token } from "./token.ts";
import { makeVisible } from "./visible.ts";

/** What a reader wants to see, and how long it waits for that. */
export interface Expectation {
  readonly token: Token;
  /** Everything recorded so far, whoever recorded it. */
  readonly latest: boolean;
  /** Milliseconds. */
  readonly wait: number;
}

/** What is read. */
export interface Page<Row> {
  /** On read tables only; with {@link limitUnless}, for a reader who has the rows. */
  readonly statement: (known: Known) => Statement<Row>;
  /** The columns that it filters by. */
  readonly filters: readonly string[];
  /** What the reader has of these very rows. */
  readonly known: Known;
}

/** What was read, and what its reader has seen by that. */
export interface FreshRead<Row> {
  /** Undefined where its reader has it, and nothing of it has changed. */
  readonly shown: Shown<Row> | undefined;
  /** By which the reader can ask again; null where that would be in vain. */
  readonly revision: number | null;
  /** Tickets that ought to be shown, and are parked. */
  readonly stale: readonly string[];
  readonly token: Token;
  /** The newest event of the snapshot. */
  readonly newestSeq: number;
}

/** Rows, and how fresh they are. */
interface Shown<Row> {
  readonly rows: Row[];
  /** Every change recorded before this moment is in the rows' table; milliseconds since 1970. */
  readonly as_of: number;
}

/** What is still to be shown. */
interface Goal {
  readonly versions: Map<string, number>;
  seq: number | null;
}

interface Missing {
  readonly ticket_id: string;
  /** The version to show at least; 0 where the ticket is missing by its event's number. */
  readonly version: number;
  readonly parked: 0 | 1;
}

/** Tickets that one round projects. */
const MOST_A_ROUND = 100;

/** D1 calls of one round: Q1, Q2 and Q3. */
const CALLS_A_ROUND = 3;

const FIRST_PAUSE_MS = 20;
/** The longest pause between two rounds, if the budget has enough of them. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * Reads from read tables so that everything expected is shown. Where the read model has it, that is one call, like any read
 * (Q1). Otherwise the missing tickets are projected on the spot: one call reads their source (Q2), one writes their rows and
 * reads again (Q3), both on the primary. What cannot be had in time is refused, never shown as fresh.
 *
 * @throws {@link Refusal} `not-yet-consistent`; `rebuilding` where rows are missing, or a filter's column is not filled yet
 */
export async function readFresh<Row>(
  deps: Deps,
  workspaceId: string,
  expectation: Expectation,
  page: Page<Row> & { readonly known: undefined },
): Promise<FreshRead<Row> & { readonly shown: Shown<Row> }>;
export async function readFresh<Row>(
  deps: Deps,
  workspaceId: string,
  expectation: Expectation,
  page: Page<Row>,
): Promise<FreshRead<Row>>;
export async function readFresh<Row>(
  deps: Deps,
  workspaceId: string,
  { token, latest, wait }: Expectation,
  page: Page<Row>,
): Promise<FreshRead<Row>> {
  const database = deps.databaseFor(workspaceId);
  const goal: Goal = { versions: new Map(token.versions), seq: latest ? Number.MAX_SAFE_INTEGER : token.seq };
  const round: Round<Row> = { deps, database, workspaceId, goal, page, size: MOST_A_ROUND };
  const begin = deps.clock();
  let { bookmark } = token;
  let start = startOf(token, latest);
  for (let pause = FIRST_PAUSE_MS, slept = 0; ; pause *= 2) {
    const read = await attempt(round, start).catch((error) => {
      if (start.startsWith("first-") || isDatabaseAtFault(error)) throw error;
      // A bookmark that D1 rejects means the primary, now and whenever its reader comes back. So does a copy that has not seen the
      // end of a rebuild: the primary's answer has a bookmark of its own.
      bookmark = null;
      return attempt(round, "first-primary");
    });
    if (read) return { ...read, token: { ...read.token, bookmark: laterBookmark(bookmark, read.token.bookmark) } };
    // Whichever says more: the clock may jump back, and the calls take time of their own.
    const left = wait - Math.max(slept, deps.clock() - begin);
    if (left <= 0 || !deps.usage.allows(CALLS_A_ROUND)) break;
    // A small budget has few rounds: they are spread over the rest of the wait.
    const longest = Math.max(LONGEST_PAUSE_MS, left / Math.floor(deps.usage.left / CALLS_A_ROUND));
    const nap = Math.min(pause, longest, left);
    await deps.sleep(nap);
    slept += nap;
    start = "first-primary";
  }
  throw new Refusal("not-yet-consistent", "The read model does not show all that the token asks for yet");
}

interface Round<Row> {
  readonly deps: Deps;
  readonly database: Database;
  readonly workspaceId: string;
  readonly goal: Goal;
  readonly page: Page<Row>;
  /** How many tickets are projected at once; fewer after a call that may have been too large. */
  size: number;
}

/** Without a bookmark, only the primary is known to have an event of that number. */
function startOf({ bookmark, seq }: Token, latest: boolean): Start {
  if (latest || (seq !== null && bookmark === null)) return "first-primary";
  return bookmark ?? "first-unconstrained";
}

/** One round of Q1 and, where something is missing, Q2 and Q3. Undefined: not yet. */
async function attempt<Row>(round: Round<Row>, start: Start): Promise<FreshRead<Row> | undefined> {
  const { deps, goal } = round;
  const before = await look(round, start);
  // `latest` means what was recorded when it was asked for.
  if (goal.seq === Number.MAX_SAFE_INTEGER) goal.seq = before.read.newestSeq;
  if (before.pending.length === 0) return before.read;
  try {
    const after = await catchUp(round, before.pending.slice(0, round.size));
    return after.pending.length === 0 ? after.read : undefined;
  } catch (error) {
    // An overloaded database must not be asked again and again.
    if (error instanceof Refusal || isHopeless(error)) throw error;
    if (mayBeTooLarge(error)) round.size = Math.ceil(round.size / 2);
    // A ticket that cannot be projected, or a database that is away: the consumer sees to the one, time to the other.
    deps.log("warn", "list.catch_up_failed", { reason: reasonOf(error) });
    return undefined;
  }
}

/** Whether the database is at fault and will still be in a second. */
function isHopeless(error: unknown): boolean {
  const kind = failureOf(error);
  return kind !== undefined && kind !== "lost" && !mayBeTooLarge(error);
}

/** Q2 and Q3. */
async function catchUp<Row>(round: Round<Row>, pending: readonly Missing[]) {
  const { deps, database, workspaceId, goal } = round;
  const { projection } = deps;
  const refs = pending.map(({ ticket_id }) => ({ workspace_id: workspaceId, ticket_id }));
  const [sources, parked] = await database
    .session("first-primary")
    .batch(projection.load(named(refs)), parkedAmong(refs));
  forgetImpossible(goal, pending, sources);
  // A replica may not know yet that a ticket is parked; a list never tries one, which may end the worker.
  const untouched = new Set(parked.map(({ ticket_id }) => ticket_id));
  const rows = sources.filter(({ id }) => !untouched.has(id)).map((source) => projection.project(source));
  return await look(round, "first-primary", makeVisible(deps, refs, rows));
}

function parkedAmong(refs: readonly TicketRef[]): Statement<TicketRef> {
  return statement<TicketRef>(
    `SELECT behind.workspace_id, behind.ticket_id FROM json_each(?1) AS ref CROSS JOIN projection_backlog AS behind
       ON behind.workspace_id = ref.value ->> 'workspace_id' AND behind.ticket_id = ref.value ->> 'ticket_id'
     WHERE behind.parked_at IS NOT NULL`,
    refsJson(refs),
  );
}

/** The source is the truth: a version above its own, or a ticket that it does not know, will never be shown. */
function forgetImpossible({ versions }: Goal, pending: readonly Missing[], sources: readonly Projected[]): void {
  const known = new Map(sources.map(({ id, version }) => [id, version]));
  for (const { ticket_id, version } of pending) {
    if (version > (known.get(ticket_id) ?? 0)) versions.delete(ticket_id);
  }
}

/** A snapshot, and what of the goal is missing from it. */
interface Look<Row> {
  readonly read: FreshRead<Row>;
  readonly pending: readonly Missing[];
}

/** Reads in one call, after what is to be written in it. */
async function look<Row>(round: Round<Row>, start: Start, writes: readonly Statement[] = []): Promise<Look<Row>> {
  const { deps, database, workspaceId, goal, page } = round;
  const session = database.session(start);
  const snapshot = [
    freshnessOf(deps.projection, workspaceId, page.filters, typeof page.known === "number" ? page.known : null),
    page.statement(page.known),
  ] as const;
  const [[freshness = NOTHING_KNOWN], rows, missing] = isEmpty(goal)
    ? ([...(await session.readAfter(writes, ...snapshot)), []] as const)
    : await session.readAfter(writes, ...snapshot, missingFrom(getTableName(deps.projection.table), workspaceId, goal));
  if (freshness.rebuilding === 1) {
    throw new Refusal(
      "rebuilding",
      "The read model is being rebuilt: this list cannot be answered before that is done",
    );
  }
  const parked = missing.filter(({ parked }) => parked === 1);
  const isUnchanged = page.known === "any" || freshness.is_known === 1;
  // What its reader has does not name what is parked: it gets the rows, by another call.
  if (isUnchanged && parked.length > 0) return await look({ ...round, page: { ...page, known: undefined } }, start);
  const newestSeq = freshness.newest_seq;
  const read: FreshRead<Row> = {
    shown: isUnchanged ? undefined : { rows, as_of: freshness.as_of },
    revision: freshness.revision,
    stale: [...new Set(parked.map(({ ticket_id }) => ticket_id))],
    newestSeq,
    token: {
      bookmark: session.bookmark(),
      seq: parked.some(({ version }) => version === 0) ? goal.seq : null,
      versions: new Map(parked.filter(({ version }) => version > 0).map((one) => [one.ticket_id, one.version])),
    },
  };
  return { read, pending: missing.filter(({ parked }) => parked === 0) };
}

/** Most readers expect nothing in particular, and are spared the statement that would find nothing missing. */
function isEmpty({ versions, seq }: Goal): boolean {
  return versions.size === 0 && seq === null;
}

function missingFrom(table: string, workspaceId: string, { versions, seq }: Goal): Statement<Missing> {
  const byVersion = `
SELECT expected.key AS ticket_id, expected.value AS version, behind.parked_at IS NOT NULL AS parked
FROM json_each(?2) AS expected
LEFT JOIN ${table} AS row ON row.workspace_id = ?1 AND row.id = expected.key
LEFT JOIN projection_backlog AS behind ON behind.workspace_id = ?1 AND behind.ticket_id = expected.key
WHERE coalesce(row.version, 0) < expected.value`;
  const expected = JSON.stringify(Object.fromEntries(versions));
  if (seq === null) return statement<Missing>(byVersion, workspaceId, expected);
  return statement<Missing>(
    `${byVersion}
UNION ALL SELECT * FROM (SELECT ticket_id, 0, 0 FROM projection_backlog
  WHERE workspace_id = ?1 AND first_seq <= ?3 AND parked_at IS NULL ORDER BY first_seq LIMIT ?4)
UNION ALL SELECT * FROM (SELECT ticket_id, 0, 1 FROM projection_backlog
  WHERE workspace_id = ?1 AND first_seq <= ?3 AND parked_at IS NOT NULL ORDER BY first_seq LIMIT ?4)`,
    workspaceId,
    expected,
    seq,
    MOST_A_ROUND,
  );
}
