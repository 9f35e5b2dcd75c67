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

/** Default wait of a list, in milliseconds. Its answer then takes at most 5 seconds. */
export const DEFAULT_WAIT_MS = 4_000;

/** The changes that a client expects to see, and how long it waits for them. */
export interface Expectation {
  readonly token: Token;
  /** True if the answer must include every change recorded so far. */
  readonly latest: boolean;
  /** Maximum wait, in milliseconds. */
  readonly wait: number;
}

/** A page of rows to read. */
export interface Page<Row> {
  /** Reads read tables only. Uses {@link limitUnlessKnown} for a client that has the rows. */
  readonly statement: (known: Known) => Statement<Row>;
  /** Columns that the page filters by. */
  readonly filters: readonly string[];
  /** The client's cached version of these rows. */
  readonly known: Known;
}

/** The rows, and the token that covers them. */
export interface FreshRead<Row> {
  /** Undefined if the client's cached rows are current. */
  readonly shown: Shown<Row> | undefined;
  /** Revision for a conditional request; null if a conditional request could not succeed. */
  readonly revision: number | null;
  /** Expected tickets that are parked. */
  readonly stale: readonly string[];
  readonly token: Token;
  /** Sequence number of the newest event in the snapshot. */
  readonly newestSeq: number;
}

interface Shown<Row> {
  readonly rows: Row[];
  /** Time up to which every recorded change is in the rows; milliseconds since 1970. */
  readonly as_of: number;
}

/** Maximum number of tickets projected in one round. The text limit may allow fewer. */
const MAX_TICKETS_PER_ROUND = 100;

/** Rounds in which a reader projects missing tickets. After them it only waits for the consumer. */
const MAX_ROUNDS = 4;

/** D1 calls of one round: Q1, Q2 and Q3. */
const CALLS_PER_ROUND = 3;
const CALLS_PER_CATCH_UP = 2;

const MIN_PAUSE_MS = 20;
/** Maximum pause between two rounds, if the budget allows enough rounds. */
const MAX_PAUSE_MS = 1_000;

/**
 * Reads rows that include every expected change. If the read model is up to date, the read is one call (Q1).
 * Otherwise the reader projects the missing tickets: one call reads their source (Q2), one writes their rows and
 * reads again (Q3), both on the primary. After a few rounds the reader waits for the consumer. Stale rows are never
 * returned as fresh. If the database stalls, one other replica is tried.
 *
 * @throws {@link Refusal} `not-yet-consistent`; `rebuilding` if rows are missing, or a filter's column is not filled
 * yet
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
      // If D1 rejects a bookmark, reads go to the primary, now and in later requests. The same holds for a replica
      // that lacks the end of a rebuild: the primary's answer has its own bookmark.
      bookmark = null;
      return attempt(round, "first-primary");
    });
    if (read) return { ...read, token: { ...read.token, bookmark: laterBookmark(bookmark, read.token.bookmark) } };
    // Uses the greater one: the clock may jump back, and calls take time besides the pauses.
    const left = wait - Math.max(slept, deps.clock() - begin);
    if (left <= 0 || !deps.usage.allows(CALLS_PER_ROUND)) break;
    // Spreads the few rounds of a small budget over the rest of the wait.
    const longest = Math.max(MAX_PAUSE_MS, left / Math.floor(deps.usage.left / CALLS_PER_ROUND));
    const pauseMs = Math.min(pause, longest, left);
    await deps.sleep(pauseMs);
    slept += pauseMs;
    start = "first-primary";
  }
  throw new Refusal("not-yet-consistent", "The read model does not include every change that the token covers yet");
}

/**
 * Reads any replica after the first one stalled. The rows are returned only if they include every expected change and
 * the client's bookmark.
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
  /** Tickets per round; fewer after a call that may have been too large. */
  size: number;
  /** Remaining rounds of Q2 and Q3. */
  readonly work: { left: number };
}

/** Chooses the session. Without a bookmark only the primary is sure to have the token's events. */
function sessionStart({ bookmark, seq }: Token, latest: boolean): Start {
  if (latest || (seq !== null && bookmark === null)) return "first-primary";
  return bookmark ?? "first-unconstrained";
}

/** Runs Q1, then Q2 and Q3 until no change is missing or no round is left. Undefined if changes are still missing. */
async function attempt<Row>(round: Round<Row>, start: Start): Promise<FreshRead<Row> | undefined> {
  const { deps, goal, work } = round;
  let snapshot = await readSnapshot(round, start);
  // The primary has all events, so a higher number is invalid. `latest` means the newest event at the time of the
  // request.
  if (goal.seq !== null && start === "first-primary") goal.seq = Math.min(goal.seq, snapshot.read.newestSeq);
  try {
    while (snapshot.pending.length > 0 && work.left > 0 && deps.usage.allows(CALLS_PER_CATCH_UP)) {
      // Counted first, because a round that fails costs as much.
      work.left--;
      snapshot = await catchUp(round, snapshot);
    }
  } catch (error) {
    // Do not retry on an overloaded database.
    if (error instanceof Refusal || isOutage(error)) throw error;
    if (mayBeTooLarge(error)) {
      round.size = Math.ceil(round.size / 2);
      work.left++;
    }
    // The consumer handles a ticket that cannot be projected; a lost connection may recover.
    deps.log("warn", "list.catch_up_failed", { reason: reasonOf(error) });
    return undefined;
  }
  return snapshot.pending.length === 0 ? snapshot.read : undefined;
}

/** Whether the database is at fault, and unlikely to recover within a second. */
function isOutage(error: unknown): boolean {
  const kind = failureOf(error);
  return kind !== undefined && kind !== "lost" && !mayBeTooLarge(error);
}

/** Projects missing tickets: Q2 and, if tickets are missing in fact, Q3. */
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

/** A snapshot, and the expected changes that it lacks. */
interface SnapshotRead<Row> {
  readonly read: FreshRead<Row>;
  readonly pending: readonly Missing[];
}

/** Reads a snapshot in one call, after the given writes. */
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
  // The cached rows do not list parked tickets, so the rows are read again in full.
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
