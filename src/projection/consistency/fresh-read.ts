import { getTableName } from "drizzle-orm";
import { Refusal } from "../../domain/refusal.ts";
import type { Database, Start, Statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { failureOf, isDatabaseAtFault, mayBeTooLarge } from "../../platform/failures.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Projected, versionOf } from "../core/projection.ts";
import { refsWithinTextLimit, TextMeter } from "../core/text-limit.ts";
import { projectionWrites } from "../core/writes.ts";
import { freshnessOf, UNKNOWN_FRESHNESS } from "./freshness.ts";
import {
  behind,
  dropImpossible,
  expectedJson,
  type Goal,
  isEmpty,
  type Missing,
  missingTickets,
  sourceVersions,
} from "./missing.ts";
import type { Known } from "./revision.ts";
import { laterBookmark, type Token } from "./token.ts";

/** Milliseconds that a list waits unless its reader says otherwise: it is answered within 5 seconds. */
export const DEFAULT_WAIT_MS = 4_000;

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
  /** On read tables only; with {@link limitUnlessKnown}, for a reader who has the rows. */
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

/** Tickets that one round projects at most; its text may allow fewer. */
const MAX_TICKETS_PER_ROUND = 100;

/** Rounds that one reader spends on what the consumer has not done yet. What is still missing then, it only waits for. */
const MAX_ROUNDS = 4;

/** D1 calls of one round: Q1, Q2 and Q3. */
const CALLS_PER_ROUND = 3;
const CALLS_PER_CATCH_UP = 2;

const MIN_PAUSE_MS = 20;
/** The longest pause between two rounds, if the budget has enough of them. */
const MAX_PAUSE_MS = 1_000;

/**
 * Reads from read tables so that everything expected is shown. Where the read model has it, that is one call, like any read
 * (Q1). Otherwise the missing tickets are projected on the spot: one call reads their source (Q2), one writes their rows and
 * reads again (Q3), both on the primary. One reader does so a few times; then it waits for the consumer. What cannot be had in
 * time is refused, never shown as fresh. If the database stalls, another copy is asked once.
 *
 * @throws {@link Refusal} `not-yet-consistent`; `rebuilding` where rows are missing, or a filter's column is not filled yet
 */
export async function readFresh<Row>(
  deps: Projecting,
  workspaceId: string,
  expectation: Expectation,
  page: Page<Row> & { readonly known: undefined },
): Promise<FreshRead<Row> & { readonly shown: Shown<Row> }>;
export async function readFresh<Row>(
  deps: Projecting,
  workspaceId: string,
  expectation: Expectation,
  page: Page<Row>,
): Promise<FreshRead<Row>>;
export async function readFresh<Row>(
  deps: Projecting,
  workspaceId: string,
  { token, latest, wait }: Expectation,
  page: Page<Row>,
): Promise<FreshRead<Row>> {
  const database = deps.databaseFor(workspaceId).extended(Math.max(0, wait - DEFAULT_WAIT_MS));
  const goal: Goal = { versions: new Map(token.versions), seq: latest ? Number.MAX_SAFE_INTEGER : token.seq };
  const round: Round<Row> = {
    deps,
    database,
    workspaceId,
    goal,
    page,
    size: MAX_TICKETS_PER_ROUND,
    work: { left: MAX_ROUNDS },
  };
  const begin = deps.clock();
  let { bookmark } = token;
  let start = sessionStart(token, latest);
  for (let pause = MIN_PAUSE_MS, slept = 0; ; pause *= 2) {
    const read = await attempt(round, start).catch((error) => {
      if (failureOf(error) === "stalled") return readAnyReplica(round, token, error);
      if (start.startsWith("first-") || isDatabaseAtFault(error)) throw error;
      // A bookmark that D1 rejects means the primary, now and whenever its reader comes back. So does a copy that has not seen the
      // end of a rebuild: the primary's answer has a bookmark of its own.
      bookmark = null;
      return attempt(round, "first-primary");
    });
    if (read) return { ...read, token: { ...read.token, bookmark: laterBookmark(bookmark, read.token.bookmark) } };
    // Whichever says more: the clock may jump back, and the calls take time of their own.
    const left = wait - Math.max(slept, deps.clock() - begin);
    if (left <= 0 || !deps.usage.allows(CALLS_PER_ROUND)) break;
    // A small budget has few rounds: they are spread over the rest of the wait.
    const longest = Math.max(MAX_PAUSE_MS, left / Math.floor(deps.usage.left / CALLS_PER_ROUND));
    const pauseMs = Math.min(pause, longest, left);
    await deps.sleep(pauseMs);
    slept += pauseMs;
    start = "first-primary";
  }
  throw new Refusal("not-yet-consistent", "The read model does not include every change that the token covers yet");
}

/**
 * If the copy that was asked does not answer, another one may, such as a replica while the primary stalls. Its page is shown only if it has
 * all that the reader expects, and has seen the reader's bookmark.
 */
async function readAnyReplica<Row>(round: Round<Row>, { bookmark }: Token, error: unknown): Promise<FreshRead<Row>> {
  const { read, pending } = await readSnapshot(round, "first-unconstrained");
  const { seq } = round.goal;
  const isRecent = laterBookmark(bookmark, read.token.bookmark) === read.token.bookmark;
  if (pending.length > 0 || !isRecent || (seq !== null && read.newestSeq < seq)) throw error;
  return read;
}

interface Round<Row> {
  readonly deps: Projecting;
  readonly database: Database;
  readonly workspaceId: string;
  readonly goal: Goal;
  readonly page: Page<Row>;
  /** How many tickets are projected at once; fewer after a call that may have been too large. */
  size: number;
  /** Rounds of Q2 and Q3 that are left to this reader. */
  readonly work: { left: number };
}

/** Without a bookmark, only the primary is known to have an event of that number. */
function sessionStart({ bookmark, seq }: Token, latest: boolean): Start {
  if (latest || (seq !== null && bookmark === null)) return "first-primary";
  return bookmark ?? "first-unconstrained";
}

/** Q1 and, while something is missing and there is work left, Q2 and Q3. Undefined: not yet. */
async function attempt<Row>(round: Round<Row>, start: Start): Promise<FreshRead<Row> | undefined> {
  const { deps, goal, work } = round;
  let snapshot = await readSnapshot(round, start);
  // The primary knows all events: a higher number is that of none, and `latest` means what was recorded when it was asked for.
  if (goal.seq !== null && start === "first-primary") goal.seq = Math.min(goal.seq, snapshot.read.newestSeq);
  try {
    while (snapshot.pending.length > 0 && work.left > 0 && deps.usage.allows(CALLS_PER_CATCH_UP)) {
      // Counted before it is done: a round that fails costs as much.
      work.left--;
      snapshot = await catchUp(round, snapshot);
    }
  } catch (error) {
    // An overloaded database must not be asked again and again.
    if (error instanceof Refusal || isOutage(error)) throw error;
    if (mayBeTooLarge(error)) {
      round.size = Math.ceil(round.size / 2);
      work.left++;
    }
    // A ticket that cannot be projected, or a database that is away: the consumer sees to the one, time to the other.
    deps.log("warn", "list.catch_up_failed", { reason: reasonOf(error) });
    return undefined;
  }
  return snapshot.pending.length === 0 ? snapshot.read : undefined;
}

/** Whether the database is at fault and will still be in a second. */
function isOutage(error: unknown): boolean {
  const kind = failureOf(error);
  return kind !== undefined && kind !== "lost" && !mayBeTooLarge(error);
}

/** Q2 and, unless it turns out that nothing is missing, Q3. */
async function catchUp<Row>(round: Round<Row>, before: SnapshotRead<Row>): Promise<SnapshotRead<Row>> {
  const { deps, database, workspaceId, goal } = round;
  const { projection } = deps;
  const expected = expectedJson(workspaceId, before.pending);
  const [versions, loaded] = await database
    .session("first-primary")
    .batch(
      sourceVersions(expected),
      projection.load(
        refsWithinTextLimit(
          projection,
          behind(getTableName(projection.table), expected, round.size),
          projection.textSize,
        ),
      ),
    );
  const isPending = dropImpossible(goal, before.pending, versions);
  if (!isPending && loaded.length === 0) return { ...before, pending: [] };
  const meter = new TextMeter(projection);
  const rows: Projected[] = [];
  for (const source of loaded) {
    const row = projection.project(source);
    if (!meter.tryAdd(row)) break;
    rows.push(row);
  }
  return await readSnapshot(
    round,
    "first-primary",
    rows.length > 0 ? projectionWrites(deps, rows.map(versionOf), rows) : [],
  );
}

/** A snapshot, and what of the goal is missing from it. */
interface SnapshotRead<Row> {
  readonly read: FreshRead<Row>;
  readonly pending: readonly Missing[];
}

/** Reads in one call, after what is to be written in it. */
async function readSnapshot<Row>(
  round: Round<Row>,
  start: Start,
  writes: readonly Statement[] = [],
): Promise<SnapshotRead<Row>> {
  const { deps, database, workspaceId, goal, page, work } = round;
  const session = database.session(start);
  const snapshot = [
    freshnessOf(deps.projection, workspaceId, page.filters, typeof page.known === "number" ? page.known : null),
    page.statement(page.known),
  ] as const;
  const [[freshness = UNKNOWN_FRESHNESS], rows, missing] = isEmpty(goal)
    ? ([...(await session.readAfter(writes, ...snapshot)), []] as const)
    : await session.readAfter(
        writes,
        ...snapshot,
        missingTickets(
          getTableName(deps.projection.table),
          workspaceId,
          goal,
          work.left > 0 ? MAX_TICKETS_PER_ROUND : 1,
        ),
      );
  if (freshness.rebuilding === 1) {
    throw new Refusal(
      "rebuilding",
      "The read model is being rebuilt: this list is unavailable until the rebuild is finished",
    );
  }
  const parked = missing.filter(({ parked }) => parked === 1);
  const isUnchanged = page.known === "any" || freshness.is_known === 1;
  // What its reader has does not name what is parked: it gets the rows, by another call.
  if (isUnchanged && parked.length > 0)
    return await readSnapshot({ ...round, page: { ...page, known: undefined } }, start);
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
