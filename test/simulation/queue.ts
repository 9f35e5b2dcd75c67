import type { ProjectionMessage } from "../../src/platform/queue-messages.ts";
import { refusedDelay } from "../platform-limits.ts";
import { count, type Faults, type Tally } from "./faults.ts";

/** As in wrangler.toml. */
const MOST_RETRIES = 5;

interface InFlight {
  readonly id: string;
  readonly body: unknown;
  attempts: number;
  /** Not delivered before. */
  visibleAt: number;
}

/** Cloudflare's queues as they may behave: at least once or, when a fault says so, not at all; in any order. */
export class SimulatedQueue {
  readonly #random: () => number;
  readonly #tally: Tally;
  #main: InFlight[] = [];
  #dead: InFlight[] = [];
  #sent = 0;
  faults: Faults;
  /** Called when a consumer acknowledges a message. */
  acknowledged: (queue: string, message: { readonly id: string; readonly body: unknown }) => void = () => {};

  constructor(random: () => number, tally: Tally, faults: Faults) {
    this.#random = random;
    this.#tally = tally;
    this.faults = faults;
  }

  get size(): number {
    return this.#main.length + this.#dead.length;
  }

  send(body: ProjectionMessage | unknown, now: number): void {
    if (this.#happens(this.faults.messageDropped)) {
      count(this.#tally, "message dropped");
      return;
    }
    const copies = this.#happens(this.faults.messageDoubled) ? 2 : 1;
    if (copies === 2) count(this.#tally, "message doubled");
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#happens(this.faults.messageDelayed);
      if (late) count(this.#tally, "message delayed");
      const visibleAt = late ? now + Math.floor(this.#random() * 30_000) : now;
      this.#main.push({ id: `message-${this.#sent++}`, body, attempts: 0, visibleAt });
    }
  }

  /** All that is on its way is gone, as after a crash of the local queue. */
  loseAll(): void {
    count(this.#tally, "messages in flight lost", this.#main.length);
    this.#main = [];
  }

  /** Takes a batch for a consumer: any of what is visible, in any order. */
  take(now: number, most: number): SimulatedBatch | undefined {
    const dead = this.#dead.length > 0 && this.#happens(0.3);
    const from = dead ? this.#dead : this.#main;
    const visible = from.filter(({ visibleAt }) => visibleAt <= now);
    const wanted = Math.min(visible.length, 1 + Math.floor(this.#random() * most));
    const taken: InFlight[] = [];
    while (taken.length < wanted) {
      const [one] = visible.splice(Math.floor(this.#random() * visible.length), 1);
      if (one) taken.push(one);
    }
    if (taken.length === 0) return undefined;
    const rest = from.filter((message) => !taken.includes(message));
    if (dead) this.#dead = rest;
    else this.#main = rest;
    for (const message of taken) message.attempts++;
    const queue = dead ? "ticket-projections-dead" : "ticket-projections";
    return new SimulatedBatch(queue, taken, {
      acknowledged: (message) => this.acknowledged(queue, message),
      giveBack: (messages) => this.#comeBack(dead, messages),
    });
  }

  #comeBack(dead: boolean, messages: readonly InFlight[]): void {
    for (const message of messages) {
      if (dead) this.#dead.push(message);
      else if (message.attempts <= MOST_RETRIES) this.#main.push(message);
      else {
        count(this.#tally, "message dead-lettered");
        this.#dead.push({ ...message, attempts: 0 });
      }
    }
  }

  #happens(share: number): boolean {
    return this.#random() < share;
  }
}

/** A batch in the hands of a consumer. */
export class SimulatedBatch implements MessageBatch {
  readonly queue: string;
  readonly messages: readonly Message[];
  readonly metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  readonly #giveBack: (messages: readonly InFlight[]) => void;
  readonly #left: Map<string, InFlight>;
  readonly #retried = new Map<string, number>();

  constructor(
    queue: string,
    taken: readonly InFlight[],
    to: { acknowledged: (message: InFlight) => void; giveBack: (messages: readonly InFlight[]) => void },
  ) {
    this.queue = queue;
    this.#giveBack = to.giveBack;
    this.#left = new Map(taken.map((message) => [message.id, message]));
    this.messages = taken.map((message) => ({
      id: message.id,
      body: message.body,
      attempts: message.attempts,
      timestamp: new Date(0),
      ack: () => {
        this.#left.delete(message.id);
        to.acknowledged(message);
      },
      retry: ({ delaySeconds = 0 } = {}) => {
        const refusal = refusedDelay(delaySeconds);
        if (refusal) throw new Error(refusal);
        this.#retried.set(message.id, delaySeconds);
      },
    }));
  }

  ackAll(): void {
    this.#left.clear();
  }

  retryAll(): void {
    for (const id of this.#left.keys()) this.#retried.set(id, 0);
  }

  /** The consumer has returned: what it neither acknowledged nor retried counts as acknowledged. */
  finish(now: number): void {
    const retried = [...this.#retried].flatMap(([id, delay]) => {
      const message = this.#left.get(id);
      return message ? [{ ...message, visibleAt: now + delay * 1000 }] : [];
    });
    this.#giveBack(retried);
  }

  /** The consumer has thrown, or was killed: everything comes again, also what it had acknowledged. */
  abort(now: number): void {
    this.#giveBack(this.messages.map(({ id, body, attempts }) => ({ id, body, attempts, visibleAt: now })));
  }
}
