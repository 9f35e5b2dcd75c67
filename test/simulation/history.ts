import { runCron } from "../../src/cron.ts";
import type { ChangeTicket, CreateTicket } from "../../src/domain/decide.ts";
import { PRIORITIES } from "../../src/domain/ticket.ts";
import { eraseCustomer } from "../../src/erasure/erase-customer.ts";
import type { Runtime } from "../../src/http/api.ts";
import { PASS, type Patience, REQUEST } from "../../src/platform/deadline.ts";
import type { ProjectionMessage } from "../../src/platform/queue-messages.ts";
import { consume } from "../../src/projection/delivery/consumer.ts";
import { consumeDeadLetters } from "../../src/projection/delivery/dead-letters.ts";
import { retryAllParked } from "../../src/projection/delivery/parked.ts";
import { startAudit } from "../../src/projection/walks/audit.ts";
import { cancelRebuild, startRebuild } from "../../src/projection/walks/rebuild.ts";
import { Oracle } from "./check.ts";
import { Client } from "./client.ts";
import { damageByHand } from "./damage-by-hand.ts";
import { count, type Tally } from "./faults.ts";
import { FeedReader } from "./feed-reader.ts";
import { type Attempt, type BulkAttempt, type Erasing, Ledger } from "./ledger.ts";
import type { Invocation } from "./scheduler.ts";
import { POISON, PROJECTORS, WORKSPACE, World } from "./world.ts";

/** What became of one history. */
export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  readonly tally: Tally;
  /** What went against a promise; empty where all were kept. */
  readonly violations: readonly string[];
}

/** Within that time every command and every list is answered, whatever the database does. */
const MAX_ANSWER_MS = 5_000;

/** Rounds until what cannot be projected must be parked: more than all attempts of all tickets take. */
const MOST_ROUNDS = 120;
const ROUND_MS = 90_000;

/** Deliveries in one round: a message that ends its consumer comes back at once. */
const MOST_DELIVERIES = 100;

/** Something that can happen, and how often. */
type Deed = readonly [weight: number, deed: () => void];

const CUSTOMERS = ["cus-1", "cus-2", "cus-3"] as const;

const SUBJECTS = ["sound", "sound", "sound", "sound", POISON.poison, POISON.killer, POISON.unwritable] as const;

/**
 * One history: clients, consumers and the cron at work, with all that can go wrong, for so many steps; then the faults end,
 * and at last even what could not be projected can be. All promises are checked on the way.
 */
export async function runHistory(
  seed: number,
  steps: number,
  trace: (line: string) => void = () => {},
): Promise<Outcome> {
  const tally: Tally = {};
  const world = new World(seed, tally, trace);
  const ledger = new Ledger();
  try {
    await world.open();
    watchRows(world, ledger);
    watchAcknowledgements(world, ledger);
    const actors = new Actors(world, ledger, tally);
    if (world.happens(0.4)) actors.deploy();
    for (let step = 0; step < steps; step++) {
      actors.act();
      for (let calls = world.below(5); calls > 0; calls--) await world.scheduler.step();
    }
    await settle(world, actors);
    await actors.listAll();
    const parked = new Oracle(world, ledger);
    parked.checkParked();
    await world.heal();
    actors.retryAllParked();
    await settle(world, actors);
    await actors.listAll();
    const healed = new Oracle(world, ledger);
    healed.checkCommands();
    healed.checkConverged();
    healed.checkLists();
    healed.checkErased();
    await actors.readFeeds();
    actors.checkEnded();
    // Where nobody has touched the read model, an audit finds nothing but what an older consumer left behind.
    healed.checkDrift(new Map([["outdated", { least: 0, most: Number.POSITIVE_INFINITY }]]));
    await damageByHand({ world, ledger, actors, steps: Math.ceil(steps / 2), settle: () => settle(world, actors) });
  } catch (error) {
    ledger.violated(`the history broke: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    world.d1.close();
  }
  return { seed, steps, tally, violations: ledger.violations };
}

/** Cells whose counter says something else than the rows, and by how much. */
const MISCOUNTED = `
SELECT cell, sum(n) AS excess FROM (
  SELECT cell, count AS n FROM read_tallies
  UNION ALL SELECT json_array('assignee', assignee_id, status), -1 FROM read_tickets
  UNION ALL SELECT json_array('priority', priority, status, waiting_since IS NOT NULL, first_replied_at IS NULL), -1 FROM read_tickets)
GROUP BY cell HAVING excess <> 0`;

/** Promise 3: no row goes back. Promise 2: at no moment do the counters say something else than the rows. */
function watchRows(world: World, ledger: Ledger): void {
  const versions = new Map<string, number>();
  world.watch = (statements) => {
    if (!statements.some((sql) => sql.includes("read_tickets"))) return;
    if (!ledger.watchesVersions) return versions.clear();
    for (const { id, version } of world.d1.peek<{ id: string; version: number }>(
      "SELECT id, version FROM read_tickets",
    )) {
      const before = versions.get(id) ?? 0;
      if (version < before) ledger.violated(`the row of ${id} went back from ${before} to ${version}`);
      versions.set(id, version);
    }
    const wrong = world.d1.peek(MISCOUNTED);
    if (wrong.length > 0) ledger.violated(`counters differ from the rows: ${JSON.stringify(wrong)}`);
  };
}

/** A message is acknowledged only when its row is written, or its ticket's place in the backlog is settled. */
function watchAcknowledgements(world: World, ledger: Ledger): void {
  world.queue.acknowledged = (_queue, { body }) => {
    if (!isAboutTicket(body)) return;
    const { ticket_id, version } = body;
    const [waiting] = world.d1.peek<{ version: number; parked_at: number | null }>(
      "SELECT version, parked_at FROM projection_backlog WHERE ticket_id = ?",
      ticket_id,
    );
    const owed = waiting !== undefined && waiting.parked_at === null && waiting.version <= version;
    if (owed) ledger.violated(`a message for version ${version} of ${ticket_id} was acknowledged before its row`);
  };
}

function isAboutTicket(body: unknown): body is ProjectionMessage {
  return typeof body === "object" && body !== null && "ticket_id" in body;
}

/** The faults have ended: the queue delivers, the cron runs, until nothing is left but what cannot be projected. */
async function settle(world: World, actors: Actors): Promise<void> {
  world.calm();
  await world.scheduler.drain();
  // A cancelled one may have left rows of the older deployment, as it was told to.
  if (world.d1.peek("SELECT 1 FROM projection_jobs WHERE state = 'cancelled'").length > 0) actors.rebuild();
  await world.scheduler.drain();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    world.now += ROUND_MS;
    actors.sweep();
    await world.scheduler.drain();
    for (let turn = 0; turn < MOST_DELIVERIES && actors.deliver(); turn++) await world.scheduler.drain();
    if (isSettled(world)) return;
  }
}

/** Nothing waits but what is parked, no walk is under way, and the newest deployment has rebuilt. */
function isSettled(world: World): boolean {
  const [{ open } = { open: 1 }] = world.d1.peek<{ open: number }>(
    `SELECT (SELECT count(*) FROM projection_backlog WHERE parked_at IS NULL)
       + (SELECT count(*) FROM projection_jobs WHERE state IN ('running', 'verifying') AND pace = 'queue')
       + (SELECT count(*) FROM projection_jobs WHERE name = 'rebuild' AND projector < ${PROJECTORS.new})
       + (SELECT count(*) FROM erasures) + (SELECT count(*) FROM search_purges)
       + (SELECT complete = 0 FROM db_clock) AS open`,
  );
  return open === 0 && world.queue.size === 0;
}

/** All who make calls: clients, consumers, the cron, operators, and chance. */
export class Actors {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #tally: Tally;
  readonly #clients: readonly [Client, Client, Client];
  readonly #feedReaders: readonly [FeedReader, FeedReader];
  readonly #open = new Set<Invocation>();
  #commands = 0;

  constructor(world: World, ledger: Ledger, tally: Tally) {
    this.#world = world;
    this.#ledger = ledger;
    this.#tally = tally;
    this.#clients = [
      new Client("ann", world, ledger),
      new Client("ben", world, ledger),
      new Client("cem", world, ledger),
    ];
    this.#feedReaders = [
      new FeedReader("dora", world, ledger),
      new FeedReader("emil", world, ledger, ["note.added", "status.updated"]),
    ];
  }

  /** One thing happens, by chance. */
  act(who: "all" | "auditors" = "all"): void {
    const world = this.#world;
    const clients: readonly Deed[] = [
      [34, () => this.#command()],
      [8, () => this.#repeat()],
      [4, () => this.#bulk()],
      [3, () => this.#repeatBulk()],
      [18, () => this.#list()],
      [4, () => this.#details()],
      [6, () => this.#readFeed(world.pick(this.#feedReaders))],
      [1, () => world.pick(this.#clients).forget()],
      [1, () => this.#erase()],
    ];
    const rebuilders: readonly Deed[] = [
      [2, () => this.rebuild()],
      [1, () => this.#cancelRebuild()],
    ];
    const deeds: readonly Deed[] = [
      ...(who === "all" ? [...clients, ...rebuilders] : []),
      [18, () => void this.deliver()],
      [6, () => this.sweep()],
      [6, () => this.#clock(world.below(20_000))],
      [1, () => this.#clock(world.pick([3_600_000, -3_600_000]), "clock jumped")],
      [2, () => this.#clock(-world.below(5_000), "clock ran back")],
      [1, () => world.queue.loseAll()],
      [3, () => this.#kill()],
      [2, () => world.takeLateEffect()],
      [20, () => void world.stall.passTime()],
      [1, () => this.retryAllParked()],
      [2, () => this.deploy()],
      [2, () => this.audit()],
    ];
    let lot = world.below(deeds.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, deed] of deeds) {
      lot -= weight;
      if (lot >= 0) continue;
      deed();
      return;
    }
  }

  #command(): void {
    const world = this.#world;
    const tickets = this.#tickets();
    const changes = world.happens(tickets.length > 6 ? 0.95 : 0.75);
    const ticketId = changes ? tickets[world.below(tickets.length)] : undefined;
    const marker = `command-${++this.#commands}`;
    const known = world.d1.peek<{ version: number }>("SELECT version FROM tickets WHERE id = ?", ticketId ?? "")[0];
    const attempt: Attempt = {
      marker,
      command: ticketId === undefined ? this.#opening(marker) : this.#change(marker),
      ticketId,
      key: world.happens(0.5) ? `key-${marker}` : undefined,
      ifMatch: known && world.happens(0.2) ? known.version : undefined,
      answers: [],
      unknown: false,
    };
    this.#ledger.attempts.push(attempt);
    count(this.#tally, "command");
    this.#send(attempt);
    // Two with the same key at once.
    if (attempt.key && world.happens(0.1)) this.#send(attempt);
  }

  /** A client that got no answer, or is just careful, sends the same again: it has a key for that. */
  #repeat(): void {
    const keyed = this.#ledger.attempts.filter(({ key, marker }) => key === `key-${marker}`).slice(-10);
    const attempt = keyed[this.#world.below(keyed.length)];
    if (!attempt) return;
    count(this.#tally, "command repeated");
    this.#send(attempt);
  }

  #send(attempt: Attempt): void {
    const client = this.#world.pick(this.#clients);
    this.#start(
      `${client.name} ${attempt.marker}`,
      (deps) => client.send(deps, attempt),
      () => {
        attempt.unknown = true;
      },
      REQUEST,
    );
  }

  /** One command for several tickets, perhaps for one that is not there. */
  #bulk(): void {
    const world = this.#world;
    const marker = `bulk-${++this.#commands}`;
    const ids = this.#tickets().filter(() => world.happens(0.5));
    if (world.happens(0.2)) ids.push(`no ticket of ${marker}`);
    const key = world.happens(0.6) ? `key-${marker}` : undefined;
    const bulk = this.#ledger.bulk(marker, this.#change(marker), ids, key);
    count(this.#tally, "bulk");
    this.#sendBulk(bulk);
    if (key && world.happens(0.2)) this.#sendBulk(bulk);
  }

  #repeatBulk(): void {
    const keyed = this.#ledger.bulks.filter(({ key }) => key !== undefined).slice(-5);
    const bulk = keyed[this.#world.below(keyed.length)];
    if (!bulk) return;
    count(this.#tally, "bulk repeated");
    this.#sendBulk(bulk);
  }

  #sendBulk(bulk: BulkAttempt): void {
    const client = this.#world.pick(this.#clients);
    this.#start(
      `${client.name} ${bulk.marker}`,
      (deps) => client.sendBulk(deps, bulk),
      () => {
        for (const attempt of bulk.attempts.values()) attempt.unknown = true;
      },
      REQUEST,
    );
  }

  #opening(marker: string): CreateTicket {
    const world = this.#world;
    return {
      type: "CreateTicket",
      customer_id: world.pick(CUSTOMERS),
      subject: world.pick(SUBJECTS),
      message: `${marker}: hello\n  ${"and more ".repeat(world.below(30))}`,
      priority: world.pick(PRIORITIES),
      tags: world.happens(0.5) ? ["a", "b"] : [],
      external_id: null,
      follow_up_of: null,
    };
  }

  #change(marker: string): ChangeTicket {
    const world = this.#world;
    switch (world.below(7)) {
      case 0:
        return { type: "AddAgentNote", note: `${marker}: a note` };
      case 1:
        return { type: "UpdateStatus", new_status: world.pick(["open", "pending", "resolved", "resolved", "closed"]) };
      case 2:
        return { type: "AssignTicket", assignee_id: world.pick(["ada", "ben", null]) };
      case 3:
        return { type: "SetPriority", priority: world.pick(PRIORITIES) };
      case 4:
        return { type: "SetTags", tags: world.pick([[], ["a", "b"], ["b", "a"], ["c"]]) };
      default:
        return { type: "AddMessage", from: world.pick(["customer", "agent"]), body: `${marker}: a message` };
    }
  }

  /** An admin erases a customer. */
  #erase(): void {
    const world = this.#world;
    const customer_id = world.pick(CUSTOMERS);
    const tickets = world.d1.peek<{ id: string }>("SELECT id FROM tickets WHERE customer_id = ?", customer_id);
    const marker = `erasure-${this.#ledger.erasures.length + 1}`;
    const erasing: Erasing = { marker, customer_id, tickets: tickets.map(({ id }) => id), answered: false };
    this.#ledger.erasures.push(erasing);
    count(this.#tally, "erasure asked for");
    this.#start("admin", async (deps) => {
      await eraseCustomer(deps, { workspace_id: WORKSPACE, customer_id, agent_id: marker });
      erasing.answered = true;
    });
  }

  #list(): void {
    const client = this.#world.pick(this.#clients);
    const how = {
      latest: this.#world.happens(0.15),
      withToken: this.#world.happens(0.85),
      byNote: this.#world.happens(0.4),
    };
    count(this.#tally, "list");
    this.#request(`${client.name} lists`, (deps) => client.list(deps, how));
  }

  #details(): void {
    const tickets = this.#tickets();
    const id = tickets[this.#world.below(tickets.length)];
    const client = this.#world.pick(this.#clients);
    if (id !== undefined) this.#request(`${client.name} looks`, (deps) => client.details(deps, id));
  }

  #readFeed(reader: FeedReader): void {
    count(this.#tally, "feed read");
    this.#request(`${reader.name} reads on`, (deps) => reader.readOn(deps));
  }

  /** Whoever follows the feed reads on to its end, and must have seen what the log has. */
  async readFeeds(): Promise<void> {
    for (const reader of this.#feedReaders) {
      do {
        this.#readFeed(reader);
        await this.#world.scheduler.drain();
      } while (reader.hasMore);
      reader.check();
    }
  }

  /** Every client reads the list once more, as its session and as everybody sees it. */
  async listAll(): Promise<void> {
    for (const client of this.#clients) {
      for (const latest of [false, true]) {
        this.#request(`${client.name} lists`, (deps) => client.list(deps, { latest, withToken: true }));
      }
    }
    await this.#world.scheduler.drain();
  }

  /** A consumer gets a batch, if there is anything. */
  deliver(): boolean {
    const batch = this.#world.queue.take(this.#world.now, 10);
    if (!batch) {
      this.#world.now += 1_000;
      return this.#world.queue.size > 0;
    }
    const handle = batch.queue.endsWith("-dead") ? consumeDeadLetters : consume;
    const work = async (deps: Runtime) => {
      await handle(deps, batch);
      batch.finish(this.#world.now);
    };
    this.#start(`consumer of ${batch.messages.length}`, work, () => batch.abort(this.#world.now));
    return true;
  }

  sweep(): void {
    this.#start("cron", runCron);
  }

  /** An operator asks for a rebuild. */
  rebuild(): void {
    count(this.#tally, "rebuild asked for");
    this.#start("operator", async (deps) => void (await startRebuild(deps, deps.databaseFor(WORKSPACE))));
  }

  /** An operator asks for a full audit. */
  audit(): void {
    count(this.#tally, "audit asked for");
    this.#start("operator", async (deps) => void (await startAudit(deps, deps.databaseFor(WORKSPACE))));
  }

  #cancelRebuild(): void {
    this.#start("operator", async (deps) => await cancelRebuild(deps, deps.databaseFor(WORKSPACE)));
  }

  /** The newer deployment comes; the older one is at work beside it for a while. */
  deploy(): void {
    if (!this.#world.deployed) count(this.#tally, "deployment of a new projector");
    this.#world.deployed = true;
  }

  retryAllParked(): void {
    this.#start("operator", async (deps) => void (await retryAllParked(deps, deps.databaseFor(WORKSPACE))));
  }

  #kill(): void {
    if (this.#world.scheduler.waiting > 0) count(this.#tally, "worker killed");
    this.#world.scheduler.kill();
  }

  #clock(by: number, kind?: string): void {
    if (kind) count(this.#tally, kind);
    this.#world.now += by;
  }

  #tickets(): readonly string[] {
    return this.#world.d1.peek<{ id: string }>("SELECT id FROM tickets ORDER BY id").map(({ id }) => id);
  }

  #request(name: string, work: (deps: Runtime) => Promise<void>): void {
    this.#start(name, work, () => {}, REQUEST);
  }

  #start(
    name: string,
    work: (deps: Runtime) => Promise<void>,
    ended: () => void = () => {},
    patience: Patience = PASS,
  ): void {
    const invocation = this.#world.invocation(name);
    invocation.ended = ended;
    this.#open.add(invocation);
    this.#world.scheduler.start(invocation, async () => {
      try {
        await work(this.#world.deps(invocation, patience));
      } catch (error) {
        this.#world.trace(`  ${name} threw ${String(error)}`);
        if (invocation.alive) ended();
      }
      this.#open.delete(invocation);
      if (patience === REQUEST && invocation.waited > MAX_ANSWER_MS) {
        this.#ledger.violated(`${name} was answered after ${invocation.waited} ms`);
      }
    });
  }

  /** Nothing waits any more: whoever has not come to an end by now, and was not ended, waits for ever. */
  checkEnded(): void {
    for (const { name, alive } of this.#open) if (alive) this.#ledger.violated(`${name} waits for ever`);
  }
}
