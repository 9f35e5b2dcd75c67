import { type Database, statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { jsonArrays } from "../../platform/parameters.ts";
import type { ProjectionMessage } from "../../platform/queue-messages.ts";
import { readMessage } from "../../platform/queue-messages.ts";
import type { deadLetters } from "../../platform/tables/source.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { CALLS_ALONE, deadLetterSelection, projectAlone } from "./parking.ts";
import { retryDelay } from "./retries.ts";

/** How much of a message is kept, in bytes of UTF-8. */
const MAX_BODY_BYTES = 8192;

/** How much of the reason is kept, in characters: it may name fields of any length. */
const MAX_REASON_LENGTH = 2_000;

/** How much of a workspace's name is kept, in characters: more than any of ours has. */
const MAX_WORKSPACE_LENGTH = 200;

/** Seconds until a message that could not be kept comes again. */
const RETRY_DELAY_S = 60;

/** A message that nobody will project, and why. */
export interface DeadLetter {
  readonly message: Message;
  readonly reason: string;
}

/**
 * Keeps messages for somebody to look at, then acknowledges them. Where the database cannot take them, they stay in the
 * queue. The ticket of a message that can be read is in the backlog all the same: the sweep sees to it.
 */
export async function storeDeadLetters(deps: Projecting, queue: string, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map(({ message, reason }) => ({
    id: message.id,
    body: bodyOf(message),
    reason: reason.slice(0, MAX_REASON_LENGTH),
    workspace_id: workspaceOf(message.body),
  }));
  // The table has the reason beside the message; it may quote what is in it.
  for (const { id, reason } of rows) {
    deps.log("error", "queue.dead_letter", { queue, message_id: id, reason: reasonOf(reason) });
  }
  try {
    const [database] = deps.databases();
    const parts = jsonArrays(rows.map((row) => JSON.stringify(row)));
    await database
      ?.session("first-primary")
      .batch(...parts.map((json) => statement(INSERT_DEAD_LETTERS, json, queue, deps.clock())));
    for (const { message } of letters) message.ack();
  } catch (error) {
    deps.log("error", "queue.dead_letters_not_kept", { letters: letters.length, reason: reasonOf(error) });
    for (const { message } of letters) message.retry({ delaySeconds: RETRY_DELAY_S });
  }
}

/**
 * The dead-letter queue's entry point: what the main queue has given up on. Each ticket is tried once more, by itself, and
 * parked if that fails, too; messages that cannot be read are kept.
 */
export async function consumeDeadLetters(deps: Projecting, batch: MessageBatch): Promise<void> {
  const unreadable: DeadLetter[] = [];
  const tickets: { readonly message: Message; readonly ticket: ProjectionMessage }[] = [];
  for (const message of batch.messages) {
    const read = readMessage(message.body);
    if ("reason" in read) unreadable.push({ message, reason: read.reason });
    // The cron goes on with a job whose message was given up.
    else if ("engine" in read) message.ack();
    else tickets.push({ message, ticket: read.ticket });
  }
  // First: they are nowhere else. The tickets are in the backlog, too.
  await storeDeadLetters(deps, batch.queue, unreadable);
  for (const { message, ticket } of tickets) await projectDeadLetter(deps, message, ticket);
}

async function projectDeadLetter(deps: Projecting, message: Message, ticket: ProjectionMessage): Promise<void> {
  if (!deps.usage.allows(CALLS_ALONE)) return message.retry({ delaySeconds: RETRY_DELAY_S });
  try {
    await projectAlone(deps, deps.databaseFor(ticket.workspace_id), deadLetterSelection(ticket), { park: true });
    message.ack();
  } catch (error) {
    deps.log("error", "projection.database_away", { ticket_id: ticket.ticket_id, reason: reasonOf(error) });
    message.retry({ delaySeconds: Math.max(retryDelay(deps, error, message.attempts), RETRY_DELAY_S) });
  }
}

function bodyOf({ body }: Message): string {
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? String(body));
  const bytes = new TextEncoder().encode(text.replaceAll("\0", "\ufffd"));
  // As a stream: it leaves out a character that the cut goes through.
  return new TextDecoder().decode(bytes.subarray(0, MAX_BODY_BYTES), { stream: true });
}

/** The workspace that a message names, whole: the part of it that is kept may not be readable. */
function workspaceOf(body: unknown): string | null {
  if (typeof body === "string") return workspaceOf(jsonOf(body));
  const isNamed = typeof body === "object" && body !== null && "workspace_id" in body;
  const name = isNamed && typeof body.workspace_id === "string" ? body.workspace_id : "";
  return name === "" ? null : name.slice(0, MAX_WORKSPACE_LENGTH).toWellFormed();
}

function jsonOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

// The same message may be delivered twice.
const INSERT_DEAD_LETTERS = `
INSERT INTO dead_letters (queue, message_id, body, reason, kept_at, workspace_id)
SELECT ?2, value ->> 'id', value ->> 'body', value ->> 'reason', ?3, value ->> 'workspace_id' FROM json_each(?1) WHERE true
ON CONFLICT (queue, message_id) DO NOTHING`;

/** Dead letters that one page shows. */
const MAX_SHOWN = 100;

/** A message that was kept. */
export type StoredDeadLetter = typeof deadLetters.$inferSelect;

/** The newest dead letters, and how many there are. */
export async function readDeadLetters(database: Database): Promise<{ letters: StoredDeadLetter[]; total: number }> {
  const [letters, [count]] = await database
    .session("first-primary")
    .batch(
      statement<StoredDeadLetter>("SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?1", MAX_SHOWN),
      statement<{ total: number }>("SELECT count(*) AS total FROM dead_letters"),
    );
  return { letters, total: count?.total ?? 0 };
}
