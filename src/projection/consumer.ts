import { z } from "zod";
import type { Database } from "../db/database.ts";
import type { Deps, ProjectionMessage } from "../deps.ts";
import { reasonOf } from "../errors.ts";
import { keepDeadLetters } from "./dead-letters.ts";
import { projectBatch } from "./project.ts";

/** What a message must be. It carries ids and a version, never texts. */
const projectionMessage: z.ZodType<ProjectionMessage> = z.strictObject({
  workspace_id: z.string().min(1),
  ticket_id: z.string().min(1),
  version: z.int().min(1),
});

/** Seconds until a message is delivered again, by how often it has been. */
const RETRY_DELAYS_S = [2, 10, 30, 60, 120];

/**
 * The queue's entry point. Each message is acknowledged or retried by itself, and only after its row is written: a throw
 * would retry the whole batch. What cannot be read is kept as a dead letter: retrying cannot mend it.
 */
export async function consume(deps: Deps, batch: MessageBatch): Promise<void> {
  const unreadable: { message: Message; reason: string }[] = [];
  const byDatabase = new Map<Database, Map<string, { ticket: ProjectionMessage; messages: Message[] }>>();
  for (const message of batch.messages) {
    const parsed = projectionMessage.safeParse(message.body);
    if (!parsed.success) {
      unreadable.push({ message, reason: z.prettifyError(parsed.error) });
      continue;
    }
    const database = deps.databaseFor(parsed.data.workspace_id);
    const tickets = byDatabase.get(database) ?? new Map();
    const key = JSON.stringify([parsed.data.workspace_id, parsed.data.ticket_id]);
    const entry = tickets.get(key) ?? { ticket: parsed.data, messages: [] };
    entry.messages.push(message);
    byDatabase.set(database, tickets.set(key, entry));
  }
  await keepDeadLetters(deps, batch.queue, unreadable);
  for (const [database, tickets] of byDatabase) await projectMessages(deps, database, [...tickets.values()]);
}

async function projectMessages(
  deps: Deps,
  database: Database,
  entries: readonly { ticket: ProjectionMessage; messages: Message[] }[],
): Promise<void> {
  const failures = await projectBatch(
    deps,
    database,
    entries.map(({ ticket }) => ticket),
  );
  for (const { ticket, messages } of entries) {
    for (const message of messages) settle(deps, message, ticket, failures.get(ticket));
  }
}

function settle(deps: Deps, message: Message, ticket: ProjectionMessage, error: unknown): void {
  if (error === undefined) {
    message.ack();
    return;
  }
  const delaySeconds = RETRY_DELAYS_S[Math.min(message.attempts, RETRY_DELAYS_S.length) - 1] ?? 0;
  deps.log("error", "projection.failed", { ...ticket, attempts: message.attempts, reason: reasonOf(error) });
  message.retry({ delaySeconds });
}
