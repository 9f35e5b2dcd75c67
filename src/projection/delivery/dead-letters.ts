import { type Database, statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { jsonArrays } from "../../platform/parameters.ts";
import type { ProjectionMessage } from "../../platform/queue-messages.ts";
import { readMessage } from "../../platform/queue-messages.ts";
import type { deadLetters } from "../../platform/tables/source.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { CALLS_ALONE, deadLetterSelection, projectAlone } from "./parking.ts";
import { retryDelay } from "./retries.ts";

/** Maximum stored length of a message body, in bytes of UTF-8. */
const MAX_BODY_BYTES = 8192;

/** Maximum stored length of a reason, in characters. A reason may quote fields of any length. */
const MAX_REASON_LENGTH = 2_000;

/** Maximum stored length of a workspace's name, in characters. Valid names are shorter. */
const MAX_WORKSPACE_LENGTH = 200;

/** Retry delay of a message that could not be stored, in seconds. */
const RETRY_DELAY_S = 60;

/** A message that will not be projected, with the reason. */
export interface DeadLetter {
  readonly message: Message;
  readonly reason: string;
}

/**
 * Stores messages as dead letters for an operator, then acknowledges them. If the database fails, they return to the
 * queue. The sweep projects the tickets of readable messages from the backlog in any case.
 */
export async function storeDeadLetters(deps: Projecting, queue: string, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map(({ message, reason }) => ({
    id: message.id,
    body: bodyOf(message),
    reason: reason.slice(0, MAX_REASON_LENGTH),
    workspace_id: workspaceOf(message.body),
  }));
  // The log leaves out message content, which the full reason may quote.
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
 * Consumes the dead-letter queue. Each ticket is projected once more, alone, and parked if that fails. Unreadable
 * messages are stored.
 */
export async function consumeDeadLetters(deps: Projecting, batch: MessageBatch): Promise<void> {
  const unreadable: DeadLetter[] = [];
  const tickets: { readonly message: Message; readonly ticket: ProjectionMessage }[] = [];
  for (const message of batch.messages) {
    const read = readMessage(message.body);
    if ("reason" in read) unreadable.push({ message, reason: read.reason });
    // The cron resumes the job.
    else if ("engine" in read) message.ack();
    else tickets.push({ message, ticket: read.ticket });
  }
  // Unreadable messages first: they exist only here. The tickets are in the backlog.
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
  // Stream mode drops a character that the cut splits.
  return new TextDecoder().decode(bytes.subarray(0, MAX_BODY_BYTES), { stream: true });
}

/** The workspace of a message, taken from the full body: the stored prefix may not parse. */
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

// A message may be delivered twice.
const INSERT_DEAD_LETTERS = `
INSERT INTO dead_letters (queue, message_id, body, reason, kept_at, workspace_id)
SELECT ?2, value ->> 'id', value ->> 'body', value ->> 'reason', ?3, value ->> 'workspace_id' FROM json_each(?1) WHERE true
ON CONFLICT (queue, message_id) DO NOTHING`;

/** Maximum number of dead letters on a page. */
const MAX_SHOWN = 100;

export type StoredDeadLetter = typeof deadLetters.$inferSelect;

/** Reads the newest dead letters and their total. */
export async function readDeadLetters(database: Database): Promise<{ letters: StoredDeadLetter[]; total: number }> {
  const [letters, [count]] = await database
    .session("first-primary")
    .batch(
      statement<StoredDeadLetter>("SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?1", MAX_SHOWN),
      statement<{ total: number }>("SELECT count(*) AS total FROM dead_letters"),
    );
  return { letters, total: count?.total ?? 0 };
}
