import type { Database } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault } from "../../platform/failures.ts";
import type { ProjectionMessage } from "../../platform/queue-messages.ts";
import { readMessage } from "../../platform/queue-messages.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { MAX_BACKOFF_MS } from "../core/backlog.ts";
import { projectBatch } from "../core/project.ts";
import { keyOf } from "../core/projection.ts";
import { type DeadLetter, storeDeadLetters } from "./dead-letters.ts";
import { consumeEngineMessages, type EngineDelivery } from "./engine-messages.ts";
import { projectClaimed, recordFailure } from "./parking.ts";
import { retryDelay } from "./retries.ts";

/** The messages of one ticket, with the newest version among them. */
interface Entry {
  readonly ticket: ProjectionMessage;
  readonly messages: readonly Message[];
}

/**
 * Consumes a batch of the projection queue. Each message is acknowledged or retried separately, after its row is
 * written: an exception would retry the whole batch. An unreadable message is stored as a dead letter, because a
 * retry cannot help.
 */
export async function consume(deps: Projecting, batch: MessageBatch): Promise<void> {
  const unreadable: DeadLetter[] = [];
  const engineMessages: EngineDelivery[] = [];
  const byDatabase = new Map<Database, Map<string, Entry>>();
  for (const message of batch.messages) {
    const read = readMessage(message.body);
    if ("reason" in read) unreadable.push({ message, reason: read.reason });
    else if ("engine" in read) engineMessages.push({ message, body: read.engine });
    else {
      const database = deps.databaseFor(read.ticket.workspace_id);
      const tickets: Map<string, Entry> = byDatabase.get(database) ?? new Map();
      const { ticket, messages } = tickets.get(keyOf(read.ticket)) ?? { ticket: read.ticket, messages: [] };
      const newest = ticket.version < read.ticket.version ? read.ticket : ticket;
      byDatabase.set(database, tickets.set(keyOf(read.ticket), { ticket: newest, messages: [...messages, message] }));
    }
  }
  await storeDeadLetters(deps, batch.queue, unreadable);
  for (const [database, tickets] of byDatabase) await projectMessages(deps, database, [...tickets.values()]);
  // Last, because users wait for tickets.
  await consumeEngineMessages(deps, engineMessages);
}

async function projectMessages(deps: Projecting, database: Database, entries: readonly Entry[]): Promise<void> {
  const { failures, overdue } = await projectBatch(
    deps,
    database,
    entries.map(({ ticket }) => ticket),
  );
  for (const { ticket, messages } of entries) {
    const error = failures.get(ticket);
    const delaySeconds =
      error === undefined ? undefined : await delayAfterFailure(deps, database, ticket, messages, error);
    for (const message of messages) {
      if (delaySeconds === undefined) message.ack();
      else message.retry({ delaySeconds });
    }
  }
  if (overdue.length > 0) await projectClaimed(deps, database, overdue);
}

/** Retry delay for the messages of a failed ticket, in seconds; undefined if the ticket needs no retry by message. */
async function delayAfterFailure(
  deps: Projecting,
  database: Database,
  ticket: ProjectionMessage,
  [message]: readonly Message[],
  error: unknown,
): Promise<number | undefined> {
  try {
    if (!isDatabaseAtFault(error)) {
      const entry = await recordFailure(deps, database, ticket, error);
      // Parked, or superseded by a newer version with its own message.
      if (!entry || entry.parked_at !== null) return undefined;
      // Limits the delay in case the clock jumped back: the queue accepts at most 12 hours.
      return Math.ceil(Math.min(Math.max(entry.due_at - deps.clock(), 0), MAX_BACKOFF_MS) / 1000);
    }
  } catch (failure) {
    deps.log("error", "projection.failure_not_noted", { reason: reasonOf(failure) });
  }
  const attempts = message?.attempts ?? 1;
  deps.log("error", "projection.database_away", { ticket_id: ticket.ticket_id, attempts, reason: reasonOf(error) });
  return retryDelay(deps, error, attempts);
}
