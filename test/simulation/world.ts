import { v7 } from "uuid";
import type { Runtime } from "../../src/http/api.ts";
import { Database } from "../../src/platform/database.ts";
import { Deadline, PASS, type Patience } from "../../src/platform/deadline.ts";
import { Usage } from "../../src/platform/usage.ts";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { accessTo, SEAL } from "../access.ts";
import { random as seeded } from "../oracle/lines.ts";
import { refusedMessages } from "../platform-limits.ts";
import { type Call, SimulatedD1 } from "./d1.ts";
import { count, FAULTS, NO_FAULTS, type Tally } from "./faults.ts";
import { SimulatedQueue } from "./queue.ts";
import { type Invocation, Scheduler, WorkerKilled } from "./scheduler.ts";
import { Stall } from "./stall.ts";

/** The workspace of all histories. */
export const WORKSPACE = "simulated";

/** Subjects of tickets that cannot be projected, until the world is healed. */
export const POISON = {
  /** The projector throws. */
  poison: "poison",
  /** Its projection ends the worker. */
  killer: "killer",
  /** The database refuses its row. */
  unwritable: "unwritable",
} as const;

/** The subjects of {@link POISON}. */
export const POISONOUS: ReadonlySet<string> = new Set(Object.values(POISON));

const REFUSE_ROWS = `CREATE TRIGGER refuse_rows BEFORE INSERT ON read_tickets WHEN new.subject = '${POISON.unwritable}'
  BEGIN SELECT raise(ABORT, 'this row cannot be written'); END`;

/** A history has only short tickets: a call takes about three. */
const sound: Projection = { ...(ticketList as Projection), maxText: 1_500 };

/** Two deployments: the older one did not know notes. Lists by note of the newer one have to wait until no row of the older is left. */
const DEPLOYMENTS: Readonly<Record<"old" | "new", Projection>> = {
  old: { ...sound, project: (source) => ({ ...sound.project(source), has_note: 0 }) },
  new: { ...sound, projector: sound.projector + 1, since: { ...sound.since, has_note: sound.projector + 1 } },
};

/** Their projectors. */
export const PROJECTORS = { old: DEPLOYMENTS.old.projector, new: DEPLOYMENTS.new.projector };

/** Everything that the service meets, in the hands of a seed: database, queue, clock, and all that goes wrong with them. */
export class World {
  readonly random: () => number;
  readonly tally: Tally;
  readonly scheduler: Scheduler;
  readonly d1: SimulatedD1;
  readonly queue: SimulatedQueue;
  readonly stall: Stall;
  readonly trace: (line: string) => void;
  /** Milliseconds since 1970; it may jump. */
  now = Date.UTC(2026, 10, 23);
  /** A history has only few tickets: so they make several slices. */
  sliceTickets = 3;
  /** Whether the newer deployment is there; the older one may be at work beside it for a while. */
  deployed = false;
  /** Called after every call that took effect on the primary. */
  watch: (statements: readonly string[]) => void = () => {};
  /** Where the latest call went that was answered; undefined after an answer that hung, since other calls have taken effect since. */
  answeredBy: Call["target"] | undefined = "primary";
  #faults = NO_FAULTS;
  #poisonous = true;
  #caller: Invocation | undefined;
  #late: (() => void)[] = [];
  #invocations = 0;

  constructor(seed: number, tally: Tally, trace: (line: string) => void) {
    this.random = seeded(seed);
    this.tally = tally;
    this.trace = trace;
    this.scheduler = new Scheduler(this.random, trace);
    this.stall = new Stall(this.random, tally, trace, (milliseconds) => {
      this.now += milliseconds;
    });
    this.scheduler.passTime = () => this.stall.passTime();
    this.queue = new SimulatedQueue(this.random, tally, FAULTS);
    this.d1 = new SimulatedD1({ gate: (call, execute) => this.#gate(call, execute) });
  }

  /** Makes the database refuse the rows that it is to refuse; from then on things go wrong. */
  async open(): Promise<void> {
    const invocation = this.invocation("setup");
    this.#caller = invocation;
    const created = this.d1.prepare(REFUSE_ROWS).run();
    await this.scheduler.drain();
    await created;
    this.#faults = FAULTS;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  happens(share: number): boolean {
    return this.random() < share;
  }

  invocation(name: string): Invocation {
    return { name: `${name}#${++this.#invocations}`, alive: true, waited: 0, ended: () => {} };
  }

  /** Somebody changes the database by hand, beside all gates. */
  async byHand(...statements: readonly string[]): Promise<void> {
    this.trace(`by hand: ${statements.join("; ")}`);
    // Somebody at a prompt tries until the database answers.
    this.stall.end();
    const faults = this.#faults;
    this.#faults = NO_FAULTS;
    this.#caller = this.invocation("by hand");
    const done = this.d1.batch(statements.map((sql) => this.d1.prepare(sql)));
    await this.scheduler.drain();
    await done;
    this.#faults = faults;
  }

  /** Things go wrong again. */
  trouble(): void {
    this.#faults = FAULTS;
    this.queue.faults = FAULTS;
  }

  /** Nothing goes wrong from now on, but what cannot be projected still cannot. */
  calm(): void {
    this.#faults = NO_FAULTS;
    this.queue.faults = NO_FAULTS;
    this.deployed = true;
    this.stall.end();
    while (this.#late.length > 0) this.takeLateEffect();
  }

  /** Whatever could not be projected can be now. */
  async heal(): Promise<void> {
    this.#poisonous = false;
    this.#caller = this.invocation("heal");
    const dropped = this.d1.prepare("DROP TRIGGER refuse_rows").run();
    await this.scheduler.drain();
    await dropped;
  }

  /** A call that failed for its caller some time ago takes effect now. */
  takeLateEffect(): void {
    const [effect] = this.#late.splice(this.below(this.#late.length), 1);
    effect?.();
  }

  /**
   * The dependencies of one invocation: all it does goes through the scheduler, until it is ended.
   *
   * @param patience how long its calls may take
   */
  deps(invocation: Invocation, patience: Patience = PASS): Runtime {
    const skew = this.below(4_000) - 2_000;
    const usage = new Usage();
    const deadline = new Deadline(patience, {
      now: () => invocation.waited,
      timer: (milliseconds, expire) => this.stall.timer(invocation, milliseconds, expire),
      waitUntil: () => {},
    });
    const database = new Database(this.#d1For(invocation), usage, deadline);
    return {
      databaseFor: () => database,
      databases: () => [database],
      usage,
      queue: {
        sendBatch: (messages) => this.#send(invocation, [...messages]),
      },
      projection: this.#projection(invocation),
      sliceTickets: this.sliceTickets,
      clock: () => this.now + skew,
      newId: () => v7({ msecs: this.now, random: Uint8Array.from({ length: 16 }, () => this.below(256)) }),
      random: this.random,
      sleep: (milliseconds) =>
        this.scheduler.call(invocation, `sleep ${milliseconds} ms`, () => {
          this.now += milliseconds;
          invocation.waited += milliseconds;
        }),
      log: (level, event, fields) => {
        if (event === "job.slice_left") count(this.tally, "slice skipped");
        this.trace(`  ${level} ${event} ${JSON.stringify(fields ?? {})}`);
      },
      waitUntil: () => {},
      access: accessTo(database),
      seal: async () => SEAL,
    };
  }

  #projection(invocation: Invocation): Projection {
    const isNew = this.deployed && (this.#faults === NO_FAULTS || this.happens(0.6));
    const deployment = DEPLOYMENTS[isNew ? "new" : "old"];
    const project = (source: Projected) => {
      const subject = this.#poisonous && "subject" in source ? source.subject : undefined;
      if (subject === POISON.poison) throw new Error("this ticket cannot be projected");
      if (subject === POISON.killer) {
        count(this.tally, "worker ended by its ticket");
        this.scheduler.end(invocation);
        throw new WorkerKilled("out of memory");
      }
      return deployment.project(source);
    };
    return { ...deployment, project };
  }

  async #send(invocation: Invocation, messages: readonly MessageSendRequest[]): Promise<QueueSendBatchResponse> {
    const refusal = refusedMessages(messages);
    if (refusal) throw new TypeError(refusal);
    const bodies = messages.map(({ body }) => body);
    return await this.scheduler.call(invocation, `send ${bodies.length}`, () => {
      const fails = this.happens(this.#faults.sendFails);
      if (fails) count(this.tally, "send failed");
      // A send that fails may have got through all the same.
      if (!fails || this.happens(0.3)) for (const body of bodies) this.queue.send(body, this.now);
      if (fails) throw new Error("Queue send failed: network error");
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    });
  }

  /** The database as one invocation sees it: its calls are known as its own. */
  #d1For(invocation: Invocation): D1Database {
    const calledBy = <Target extends object>(target: Target): Target =>
      new Proxy(target, {
        get: (_, property) => {
          const member: unknown = Reflect.get(target, property, target);
          if (typeof member !== "function") return member;
          return (...parameters: unknown[]) => {
            this.#caller = invocation;
            const result: unknown = member.apply(target, parameters);
            return property === "withSession" ? calledBy(result as D1DatabaseSession) : result;
          };
        },
      });
    return calledBy<D1Database>(this.d1);
  }

  #gate({ statements, target }: Call, execute: () => D1Result[]): Promise<D1Result[]> {
    const invocation = this.#caller;
    if (!invocation) throw new Error("a call without an invocation");
    const [replica] = this.d1.replicas;
    return this.scheduler.call(invocation, `${target} ${nameOf(statements)}`, () => {
      const { callFailsBefore, callFailsAfter, callLate, stall } = this.#faults;
      if (this.happens(stall)) this.stall.begin();
      if (replica) replica.lag = this.below(12);
      if (this.stall.holds(target)) {
        const hanging = this.stall.hang(invocation, nameOf(statements), () => {
          const results = execute();
          this.watch(statements);
          return results;
        });
        return hanging.finally(() => {
          this.answeredBy = undefined;
        });
      }
      if (this.happens(callFailsBefore)) throw this.#lost("call failed before its effect");
      if (this.happens(callLate)) {
        this.#late.push(() => this.#effect(statements, execute));
        throw this.#lost("call took effect late");
      }
      const results = execute();
      this.answeredBy = target;
      this.watch(statements);
      if (this.happens(callFailsAfter)) throw this.#lost("call failed after its effect");
      return results;
    });
  }

  #effect(statements: readonly string[], execute: () => D1Result[]): void {
    this.trace(`late effect: ${nameOf(statements)}`);
    try {
      execute();
      this.watch(statements);
    } catch (error) {
      // Nobody waits for it any more: it collided, as it should.
      this.trace(`  ${String(error)}`);
    }
  }

  #lost(kind: string): Error {
    count(this.tally, kind);
    this.trace(`  ${kind}`);
    return new Error("D1_ERROR: Network connection lost.");
  }
}

/** A call in a few words: what its statements do to which tables. */
function nameOf(statements: readonly string[]): string {
  const words = statements.map((sql) => /^\s*(\w+)[\s\S]*?\b(?:INTO|UPDATE|FROM)\s+(\w+)/i.exec(sql));
  return words.map((match) => `${match?.[1]?.toLowerCase() ?? "?"} ${match?.[2] ?? ""}`).join(", ");
}
