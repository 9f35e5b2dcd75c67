import { runCron } from "../../../src/cron.ts";
import type { ChangeTicket, CreateTicket } from "../../../src/domain/decide.ts";
import { consume } from "../../../src/projection/delivery/consumer.ts";
import { consumeDeadLetters } from "../../../src/projection/delivery/dead-letters.ts";
import type { Client } from "../client.ts";
import type { Attempt } from "../ledger.ts";
import { POISONOUS, PROJECTORS } from "../world.ts";
import type { Stage } from "./stage.ts";

/** How long the queue has before the sweep takes a ticket up, and more. */
const OVERDUE_MS = 60_000;

/** Passes of the cron in which all must be settled, however many attempts a bad ticket has. */
const MOST_PASSES = 60;
/** Whatever the backoff, the next turn has come by then. */
const BETWEEN_PASSES_MS = 610_000;

/** A ticket that somebody opens. */
export function opening(given: Partial<CreateTicket> = {}): CreateTicket {
  return {
    type: "CreateTicket",
    customer_id: "cus-1",
    subject: "sound",
    message: "Hello,\n\n  where is it?",
    priority: "normal",
    tags: ["a"],
    external_id: null,
    follow_up_of: null,
    ...given,
  };
}

/** What a client is about to send. */
export function attemptOf(
  stage: Stage,
  command: CreateTicket | ChangeTicket,
  given: Partial<Pick<Attempt, "ticketId" | "key" | "ifMatch">> = {},
): Attempt {
  const marker = `command-${stage.ledger.attempts.length + 1}`;
  const attempt = { ticketId: undefined, key: undefined, ifMatch: undefined, ...given };
  const whole: Attempt = { marker, command, ...attempt, answers: [], unknown: false };
  stage.ledger.attempts.push(whole);
  return whole;
}

/** A ticket that is there when the play begins; its message to the queue is on its way. */
export async function created(stage: Stage, given: Partial<CreateTicket> = {}, client = stage.ann): Promise<string> {
  const attempt = attemptOf(stage, opening(given));
  await stage.invoke(`${client.name} creates`, (deps) => client.send(deps, attempt));
  const [answer] = attempt.answers;
  if (!answer) throw new Error("the scene cannot be set: a ticket was not taken");
  return answer.id;
}

/** A change that is made when the play begins. */
export async function changed(
  stage: Stage,
  id: string,
  command: ChangeTicket,
  { key, client = stage.ann }: { key?: string; client?: Client } = {},
): Promise<Attempt> {
  const attempt = attemptOf(stage, command, { ticketId: id, key });
  await stage.invoke(`${client.name} changes`, (deps) => client.send(deps, attempt));
  if (attempt.answers.length === 0) throw new Error("the scene cannot be set: a change was not taken");
  return attempt;
}

/** A change that somebody else makes at that moment. */
export async function rivalChange(stage: Stage, id: string, command: ChangeTicket = note("rival")): Promise<void> {
  const attempt = attemptOf(stage, command, { ticketId: id });
  await stage.meanwhile("ben changes", (deps) => stage.ben.send(deps, attempt));
}

export function note(text: string): ChangeTicket {
  return { type: "AddAgentNote", note: text };
}

/** Time passes until what the queue has not brought about is overdue; the messages are lost. */
export function fallBehind(stage: Stage): void {
  stage.world.queue.loseAll();
  stage.world.now += OVERDUE_MS;
}

/** One pass of the cron. */
export async function sweepOnce(stage: Stage): Promise<void> {
  stage.world.now += BETWEEN_PASSES_MS;
  await stage.invoke("cron", runCron);
}

/** The queue delivers all that it has. */
export async function deliverAll(stage: Stage): Promise<void> {
  const { queue } = stage.world;
  while (queue.size > 0) {
    const batch = queue.take(stage.world.now, 10);
    if (!batch) {
      stage.world.now += 1_000;
      continue;
    }
    const handle = batch.queue.endsWith("-dead") ? consumeDeadLetters : consume;
    await stage.invoke(
      "consumer",
      async (deps) => {
        await handle(deps, batch);
        batch.finish(stage.world.now);
      },
      () => batch.abort(stage.world.now),
    );
  }
}

/** Queue and cron at work, until nothing waits but what cannot be projected, and no walk is under way. */
export async function settle(stage: Stage): Promise<void> {
  await deliverAll(stage);
  for (let pass = 0; waiting(stage, "parked_at IS NULL") || isWalking(stage) || isErasing(stage); pass++) {
    if (pass === MOST_PASSES) {
      stage.ledger.violated(`the backlog is not settled after ${MOST_PASSES} passes of the cron`);
      return;
    }
    await sweepOnce(stage);
    await deliverAll(stage);
  }
}

/** A rebuild or an audit is under way or has to come, or the next pass notes that drift is healed. */
function isWalking({ world }: Stage): boolean {
  const [{ walks } = { walks: 1 }] = world.d1.peek<{ walks: number }>(
    `SELECT (SELECT complete = 0 OR EXISTS (SELECT 1 FROM read_tickets WHERE projector < ${PROJECTORS.new}) FROM db_clock)
       + (SELECT count(*) FROM projection_jobs WHERE state IN ('running', 'verifying') AND pace = 'queue')
       + (SELECT count(*) FROM projection_drift AS drift WHERE drift.healed_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM projection_backlog AS behind WHERE behind.ticket_id = drift.ticket_id)) AS walks`,
  );
  return walks > 0;
}

/** Whether an erasure is under way. */
function isErasing({ world }: Stage): boolean {
  return world.d1.peek("SELECT 1 FROM erasures UNION ALL SELECT 1 FROM search_purges").length > 0;
}

/** Whether such a ticket is in the backlog. */
export function waiting(stage: Stage, which: string): boolean {
  return stage.world.d1.peek(`SELECT 1 FROM projection_backlog WHERE ${which} LIMIT 1`).length > 0;
}

/** Readers see the list once more: one with all tokens of her session, one with `latest`. Both must get an answer. */
export async function listAll(stage: Stage): Promise<void> {
  stage.lag = Number.POSITIVE_INFINITY;
  await listsAs(stage, stage.ann, false);
  await listsAs(stage, stage.ben, true);
}

async function listsAs(stage: Stage, client: Client, latest: boolean): Promise<void> {
  const before = stage.ledger.lists.length;
  await stage.invoke(`${client.name} lists`, (deps) => client.list(deps, { latest, withToken: true }));
  const answered = stage.ledger.lists.length > before;
  if (!answered && !mayRefuse(stage)) stage.ledger.violated(`${client.name} gets no list, though nothing is wrong`);
}

/** A list cannot show a ticket that cannot be projected and is not parked yet, and nothing at all while rows are missing. */
export function mayRefuse(stage: Stage): boolean {
  if (stage.world.d1.peek("SELECT 1 FROM db_clock WHERE complete = 0").length > 0) return true;
  if (stage.healed) return false;
  const behind = stage.world.d1.peek<{ subject: string }>(
    `SELECT ticket.subject FROM projection_backlog AS behind JOIN tickets AS ticket
       ON ticket.workspace_id = behind.workspace_id AND ticket.id = behind.ticket_id WHERE behind.parked_at IS NULL`,
  );
  return behind.some(({ subject }) => POISONOUS.has(subject));
}
