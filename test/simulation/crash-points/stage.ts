import type { Runtime } from "../../../src/http/api.ts";
import { Client } from "../client.ts";
import { Ledger } from "../ledger.ts";
import type { Invocation } from "../scheduler.ts";
import { PROJECTORS, World } from "../world.ts";
import type { Fault, Late } from "./faults.ts";

/** A fault that waits for its call. */
export interface Trap {
  readonly fault: Fault;
  /** The number of the call that it catches, from 1. */
  readonly call: number;
}

/** What others do in the meantime: each runs before the call of that number. */
export type Rivals = ReadonlyMap<number, () => Promise<void>>;

/** One invocation whose calls are counted, and go wrong. */
interface Watched {
  readonly invocation: Invocation;
  readonly trap: Trap | undefined;
  readonly rivals: Rivals;
  calls: number;
}

/** As the scheduler names what is no call to anything outside. */
const SLEEP = "sleep ";

/**
 * A world in which nothing goes wrong but what a trap says, at one call of one invocation. The same play on it is the same
 * each time.
 */
export class Stage {
  readonly world: World;
  readonly ledger = new Ledger();
  readonly ann: Client;
  readonly ben: Client;
  /** All that happened. */
  readonly lines: string[] = [];
  /** What the platform does again after an invocation that did not finish: deliver the messages that are left. */
  readonly redeliveries: (() => Promise<void>)[] = [];
  /** The queue takes no message at all. */
  queueIsDown = false;
  healed = false;
  /** How many changes a replica stays behind, where its reader's bookmark allows it. */
  lag = 0;
  /** What goes wrong in this play. */
  fault: Fault | undefined;
  #watched: Watched | undefined;
  #late: { readonly when: Late; readonly effect: () => void }[] = [];

  private constructor() {
    this.world = new World(1, {}, (line) => this.lines.push(line));
    this.ann = new Client("ann", this.world, this.ledger);
    this.ben = new Client("ben", this.world, this.ledger);
    // In the hands of the play, not of the seed.
    for (const replica of this.world.d1.replicas) {
      Object.defineProperty(replica, "lag", { get: () => this.lag, set: () => {} });
    }
    const { scheduler } = this.world;
    const call = scheduler.call.bind(scheduler);
    scheduler.call = (invocation, name, effect) => this.#call(call, invocation, name, effect);
  }

  static async open(): Promise<Stage> {
    const stage = new Stage();
    await stage.world.open();
    stage.world.calm();
    stage.world.sliceTickets = 100;
    // The newest deployment is there from the beginning: it has nothing to rebuild.
    await stage.world.byHand(`UPDATE projection_jobs SET projector = ${PROJECTORS.new}`);
    stage.#watchVersions();
    return stage;
  }

  close(): void {
    this.world.d1.close();
  }

  /** Runs an invocation until it has ended, or died. */
  async invoke(name: string, work: (deps: Runtime) => Promise<void>, died: () => void = () => {}): Promise<void> {
    const invocation = this.world.invocation(name);
    invocation.ended = died;
    const end = this.#start(invocation, work);
    await this.world.scheduler.drain();
    if (invocation.alive && !end.reached) this.ledger.violated(`${name} neither ended nor died`);
  }

  /**
   * Runs the invocation that the play is about.
   *
   * @returns how many calls it made; the trap caught one if it was at one of them
   */
  async perform(
    name: string,
    work: (deps: Runtime) => Promise<void>,
    died: () => void,
    { trap, rivals }: { readonly trap: Trap | undefined; readonly rivals: Rivals },
  ): Promise<number> {
    const invocation = this.world.invocation(name);
    invocation.ended = died;
    this.fault = trap?.fault;
    const watched: Watched = { invocation, trap, rivals, calls: 0 };
    this.#watched = watched;
    const end = this.#start(invocation, work);
    await this.world.scheduler.drain();
    this.#watched = undefined;
    if (invocation.alive && !end.reached) this.ledger.violated(`${name} neither ended nor died`);
    return watched.calls;
  }

  /** Runs an invocation while another one waits. */
  async meanwhile(name: string, work: (deps: Runtime) => Promise<void>): Promise<void> {
    await this.#start(this.world.invocation(name), work).promise;
  }

  /** The late effects of that time come. */
  takeLateEffects(when: Late): void {
    const due = this.#late.filter((late) => late.when === when);
    this.#late = this.#late.filter((late) => late.when !== when);
    for (const { effect } of due) {
      this.lines.push(`late effect, ${when}`);
      try {
        effect();
      } catch (error) {
        // Nobody waits for it any more: it collided, as it should.
        this.lines.push(`  ${String(error)}`);
      }
    }
  }

  /** Whatever could not be projected can be. */
  async heal(): Promise<void> {
    if (this.healed) return;
    this.healed = true;
    await this.world.heal();
  }

  #start(invocation: Invocation, work: (deps: Runtime) => Promise<void>) {
    const end = { reached: false, promise: Promise.resolve() };
    end.promise = new Promise((resolve) => {
      this.world.scheduler.start(invocation, async () => {
        try {
          await work(this.world.deps(invocation));
        } catch (error) {
          this.lines.push(`  ${invocation.name} threw ${String(error)}`);
          if (invocation.alive) invocation.ended();
        }
        end.reached = true;
        resolve();
      });
    });
    return end;
  }

  async #call<Result>(
    call: <Value>(invocation: Invocation, name: string, effect: () => Value | Promise<Value>) => Promise<Value>,
    invocation: Invocation,
    name: string,
    effect: () => Result | Promise<Result>,
  ): Promise<Result> {
    const down = this.queueIsDown && name.startsWith("send ");
    const ordinary = down ? refuse : effect;
    const watched = this.#watched;
    const counts = invocation === watched?.invocation && invocation.alive && !name.startsWith(SLEEP);
    if (!watched || !counts) return await call(invocation, name, ordinary);
    const number = ++watched.calls;
    await watched.rivals.get(number)?.();
    const { trap } = watched;
    const caught = trap && (number === trap.call || (trap.fault.lasting && number > trap.call));
    if (!caught) return await call(invocation, name, ordinary);
    return await this.#goWrong(trap.fault, (changed) => call(invocation, name, changed), ordinary, invocation);
  }

  #goWrong<Result>(
    { name, deadly, effect: when, error }: Fault,
    call: (effect: () => Result | Promise<Result>) => Promise<Result>,
    effect: () => Result | Promise<Result>,
    invocation: Invocation,
  ): Promise<Result> {
    const wrong = (): never => {
      this.lines.push(`  it ${name}`);
      if (when === "at once") effect();
      else if (when !== "never") this.#late.push({ when, effect });
      throw new Error(error);
    };
    if (!deadly) return call(wrong);
    return new Promise(() => {
      call(wrong).catch(() => this.world.scheduler.end(invocation));
    });
  }

  /** Promise 3: no row goes back. */
  #watchVersions(): void {
    const versions = new Map<string, number>();
    this.world.watch = (statements) => {
      if (!statements.some((sql) => sql.includes("INTO read_tickets"))) return;
      if (!this.ledger.watchesVersions) return versions.clear();
      const rows = this.world.d1.peek<{ id: string; version: number }>("SELECT id, version FROM read_tickets");
      for (const { id, version } of rows) {
        const before = versions.get(id) ?? 0;
        if (version < before) this.ledger.violated(`the row of ${id} went back from ${before} to ${version}`);
        versions.set(id, version);
      }
    };
  }
}

function refuse(): never {
  throw new Error("Queue send failed: the queue is down");
}
