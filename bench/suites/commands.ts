import { Failure } from "../../scripts/local/run.ts";
import { importedAt } from "../data/imported.ts";
import type { Bench, Figure, Suite } from "../figures.ts";
import { CHANGES, Commander, type Way } from "../load/commands.ts";
import { type Accepted, type Cost, type Desk, type Listed, withDesk } from "../load/desk.ts";
import { quantile } from "../load/numbers.ts";

/** How often each is counted: what differs is how many events a ticket has. */
const TIMES = { full: 40, quick: 12 };
const BULK = 100;
/** The number of the first new ticket: no database has so many, so that they are the same at each size. */
const FIRST_NEW = 3_000_000;

/**
 * What a command costs the database, and what its projection does: exact. The queue is held back, and each change is projected by a batch
 * of its own right after it, so that the figures have nothing of another.
 */
export const commands: Suite = {
  name: "commands",
  minutes: 3,
  run: async (bench) => {
    const figures: Figure[] = [];
    for (const [index, tickets] of bench.sizes.entries()) {
      const told = (share: number, doing: string) => bench.progress((index + share) / bench.sizes.length, doing);
      figures.push(...(await withDesk(bench, tickets, (desk) => countAll(bench, desk, tickets, told))));
      const count = (desk: Desk) => countWithoutReadModel(bench, desk, tickets, told);
      figures.push(...(await withDesk(bench, tickets, count, { kind: "compute-on-read" })));
    }
    return figures;
  },
};

/** Tickets that are not done, with more or less of a conversation: the same at each size, so that only the size can make a difference. */
function openAmong(tickets: number, most: number): Listed[] {
  const open: Listed[] = [];
  for (let index = 0; index < tickets && open.length < most; index++) {
    const { ticket } = importedAt(index);
    if (ticket.status === "open" || ticket.status === "pending") open.push(ticket);
  }
  return open;
}

/** Costs by what was done. */
type Costs = Map<string, Cost[]>;

async function countAll(
  bench: Bench,
  desk: Desk,
  tickets: number,
  told: Bench["progress"],
): Promise<readonly Figure[]> {
  await desk.holdQueue();
  const times = bench.isQuick ? TIMES.quick : TIMES.full;
  const figures: Figure[] = [];
  // None is changed by both.
  const open = openAmong(Math.min(...bench.sizes), 2 * times + BULK);
  const ways = ["edgedesk", "inline"] as const;
  for (const [index, way] of ways.entries()) {
    const costs: Costs = new Map();
    const commander = new Commander(desk, way, FIRST_NEW + index * 10_000);
    for (const [time, listed] of open.slice(index * times, (index + 1) * times).entries()) {
      bench.stopping.throwIfAborted();
      await countOnce(desk, commander, listed, costs);
      told((index + (time + 1) / times) / ways.length, `${way}: what commands cost`);
    }
    await countBulks(desk, commander, open.slice(2 * times), costs);
    if (way === "inline") insistOnNothingToDo(costs);
    const kept = [...costs].filter(([what]) => way === "edgedesk" || !what.startsWith(PROJECTED));
    figures.push(...kept.map(([what, all]) => figureOf(way, tickets, what, all)));
  }
  return figures;
}

/** The same commands where nothing is projected. */
async function countWithoutReadModel(
  bench: Bench,
  desk: Desk,
  tickets: number,
  told: Bench["progress"],
): Promise<readonly Figure[]> {
  const times = bench.isQuick ? TIMES.quick : TIMES.full;
  const commander = new Commander(desk, "compute-on-read", FIRST_NEW);
  const costs: Costs = new Map();
  for (const [time, listed] of openAmong(Math.min(...bench.sizes), times).entries()) {
    bench.stopping.throwIfAborted();
    add(costs, "CreateTicket", (await commander.create()).cost);
    for (const [what, requestOf] of Object.entries(CHANGES)) {
      add(costs, what, (await commander.change(listed.id, requestOf(commander.line(), listed))).cost);
    }
    told((time + 1) / times, "compute-on-read: what commands cost");
  }
  return [...costs].map(([what, all]) => figureOf("compute-on-read", tickets, what, all));
}

const PROJECTED = "projected: ";

async function countOnce(desk: Desk, commander: Commander, listed: Listed, costs: Costs): Promise<void> {
  const count = async (what: string, cost: Cost, changed: readonly Accepted[]) => {
    add(costs, what, cost);
    if (changed.length > 0) add(costs, `${PROJECTED}${what}`, await desk.project(changed));
  };
  const line = commander.line();
  const key = { "Idempotency-Key": `bench-${line.external_id}` };
  const created = await commander.create(key, line);
  await count("CreateTicket with a key", created.cost, [created.ticket]);
  add(costs, "a repeated request", (await commander.create(key, line)).cost);
  const plain = await commander.create();
  await count("CreateTicket", plain.cost, [plain.ticket]);
  for (const [what, requestOf] of Object.entries(CHANGES)) {
    const { ticket, cost } = await commander.change(listed.id, requestOf(line, listed));
    await count(what, cost, [ticket]);
  }
  const imported = commander.line();
  const { cost } = await commander.import([imported]);
  const changed = await desk.tickets(`external_id=${imported.external_id}`);
  if (cost) add(costs, "an imported ticket", cost);
  if (changed.length === 0) await projectImported(desk, imported.external_id, costs);
}

/** A ticket that no list shows yet is known by the token alone. */
async function projectImported(desk: Desk, externalId: string, costs: Costs): Promise<void> {
  const { cost } = await desk.get(`/tickets?external_id=${externalId}&limit=1`, { "Consistency-Token": "latest" });
  if (cost) add(costs, "a list that projects one ticket on the spot", cost);
}

async function countBulks(desk: Desk, commander: Commander, open: readonly Listed[], costs: Costs): Promise<void> {
  const ids = open.map(({ id }) => id);
  for (const assignee_id of ["agent-bulk-1", "agent-bulk-2"]) {
    const { cost } = await commander.bulk(ids, { type: "AssignTicket", assignee_id });
    const now = await Promise.all(ids.map(async (id) => ({ id, version: await versionOf(desk, id) })));
    if (cost) add(costs, `a bulk of ${ids.length}`, cost);
    add(costs, `${PROJECTED}a batch of ${ids.length}`, await desk.project(now));
  }
}

async function versionOf(desk: Desk, id: string): Promise<number> {
  const { headers } = await desk.get(`/tickets/${id}`);
  return Number(/\d+/u.exec(headers.get("ETag") ?? "")?.[0]);
}

function add(costs: Costs, what: string, cost: Cost): void {
  costs.set(what, [...(costs.get(what) ?? []), cost]);
}

/** What writes its row itself leaves nothing to project: or else the two could not be compared. */
function insistOnNothingToDo(costs: Costs): void {
  for (const [what, all] of costs) {
    if (what.startsWith(PROJECTED) && all.some(({ rows_written }) => rows_written > 0))
      throw new Failure(`The inline projection is not the service's: after it, ${what} writes rows`);
  }
}

function figureOf(system: Way, tickets: number, what: string, costs: readonly Cost[]): Figure {
  const of = (name: keyof Cost, share: number) =>
    quantile(
      costs.map((cost) => cost[name]),
      share,
    );
  const values = {
    calls: of("calls", 1),
    statements: of("statements", 1),
    rows_read: of("rows_read", 0.5),
    most_rows_read: of("rows_read", 1),
    rows_written: of("rows_written", 0.5),
    most_rows_written: of("rows_written", 1),
  };
  return { suite: "commands", system, tickets, what, values };
}
