import type { ProjectionMessage } from "../../../src/platform/queue-messages.ts";
import { consume } from "../../../src/projection/delivery/consumer.ts";
import { consumeDeadLetters } from "../../../src/projection/delivery/dead-letters.ts";
import { SimulatedBatch } from "../queue.ts";
import { WORKSPACE } from "../world.ts";
import type { Act } from "./play.ts";
import type { Rivals, Stage } from "./stage.ts";

const HANDLERS = { "ticket-projections": consume, "ticket-projections-dead": consumeDeadLetters };
type QueueName = keyof typeof HANDLERS;

/** As in wrangler.toml: then a message is a dead letter. */
const MOST_RETRIES = 5;

/** Deliveries after which all messages must be gone, where nothing goes wrong any more. */
const MOST_DELIVERIES = 20;

type Delivered = ConstructorParameters<typeof SimulatedBatch>[1][number];

/** What tells the consumer of a ticket's version. */
export function messageOf(ticket_id: string, version: number): ProjectionMessage {
  return { workspace_id: WORKSPACE, ticket_id, version };
}

/** A consumer gets a batch. What it leaves behind, the queue delivers again. */
export function deliver(
  stage: Stage,
  bodies: readonly unknown[],
  { queue = "ticket-projections", rivals }: { readonly queue?: QueueName; readonly rivals?: Rivals } = {},
): Act {
  const left = new Map<string, Delivered>(
    bodies.map((body, index) => [`message-${index}`, { id: `message-${index}`, body, attempts: 0, visibleAt: 0 }]),
  );
  const delivery = new Delivery(stage, queue, left);
  stage.redeliveries.push(async () => {
    for (let deliveries = 0; left.size > 0; deliveries++) {
      if (deliveries === MOST_DELIVERIES) return stage.ledger.violated("messages come again for ever");
      stage.world.now += 600_000;
      const next = new Delivery(stage, deliveries < MOST_RETRIES ? queue : "ticket-projections-dead", left);
      await stage.invoke("the queue delivers again", next.run, next.died);
    }
  });
  return {
    run: delivery.run,
    died: delivery.died,
    isConsumer: true,
    parksAtOnce: queue === "ticket-projections-dead",
    ...(rivals && { rivals }),
    check: () => checkLetters(stage, bodies),
  };
}

/** One delivery of the messages that are left. */
class Delivery {
  readonly #stage: Stage;
  readonly #queue: QueueName;
  readonly #left: Map<string, Delivered>;
  readonly #batch: SimulatedBatch;
  readonly #acknowledged = new Set<string>();
  readonly #retried = new Set<string>();

  constructor(stage: Stage, queue: QueueName, left: Map<string, Delivered>) {
    this.#stage = stage;
    this.#queue = queue;
    this.#left = left;
    for (const message of left.values()) message.attempts++;
    this.#batch = new SimulatedBatch(queue, [...left.values()], {
      acknowledged: (message) => this.#acknowledge(message),
      giveBack: (messages) => {
        for (const { id } of messages) this.#retried.add(id);
      },
    });
  }

  readonly run: Act["run"] = async (deps) => {
    await HANDLERS[this.#queue](deps, this.#batch);
    this.#batch.finish(this.#stage.world.now);
    for (const id of this.#left.keys()) {
      const fate = [this.#acknowledged.has(id), this.#retried.has(id)].filter(Boolean).length;
      if (fate !== 1) this.#stage.ledger.violated(`${id} was neither acknowledged nor sent back, or both`);
    }
    for (const id of this.#acknowledged) this.#left.delete(id);
  };

  /** All messages come again, also the acknowledged ones, unless the queue has taken note of those. */
  readonly died = () => {
    if (this.#stage.fault?.acksHold) for (const id of this.#acknowledged) this.#left.delete(id);
  };

  #acknowledge({ id, body }: Delivered): void {
    this.#acknowledged.add(id);
    const reason = reasonAgainst(this.#stage, this.#queue, id, body);
    if (reason) this.#stage.ledger.violated(`${id} was acknowledged before ${reason}`);
  }
}

/** Why a message must not be acknowledged yet. */
function reasonAgainst({ world }: Stage, queue: QueueName, id: string, body: unknown): string | undefined {
  if (isEngines(body)) return undefined;
  if (!isReadable(body)) {
    const kept = world.d1.peek("SELECT 1 FROM dead_letters WHERE queue = ? AND message_id = ?", queue, id);
    return kept.length > 0 ? undefined : "it was kept";
  }
  const [waiting] = world.d1.peek<{ version: number; parked_at: number | null }>(
    "SELECT version, parked_at FROM projection_backlog WHERE ticket_id = ?",
    body.ticket_id,
  );
  const owed = waiting !== undefined && waiting.parked_at === null && waiting.version <= body.version;
  return owed ? "its row was written" : undefined;
}

/** What cannot be read is kept, once. */
function checkLetters({ world, ledger }: Stage, bodies: readonly unknown[]): void {
  const unreadable = bodies.filter((body) => !isReadable(body) && !isEngines(body)).length;
  const kept = world.d1.peek("SELECT 1 FROM dead_letters").length;
  if (kept > unreadable) ledger.violated(`${kept} dead letters of ${unreadable} messages that cannot be read`);
}

/** What the engine told itself; the cron goes on where it gets lost. */
function isEngines(body: unknown): boolean {
  return typeof body === "object" && body !== null && "job" in body;
}

function isReadable(body: unknown): body is ProjectionMessage {
  return typeof body === "object" && body !== null && "ticket_id" in body && "version" in body;
}
