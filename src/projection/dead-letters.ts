import { statement } from "../db/database.ts";
import type { Deps } from "../deps.ts";
import { reasonOf } from "../errors.ts";

/** How much of a message is kept, in bytes of UTF-8. */
const KEPT_BYTES = 8192;

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
export async function keepDeadLetters(deps: Deps, queue: string, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map(({ message, reason }) => ({ id: message.id, body: bodyOf(message), reason }));
  for (const { id, reason } of rows) deps.log("error", "queue.dead_letter", { queue, message_id: id, reason });
  try {
    const [database] = deps.databases();
    await database?.session("first-primary").batch(statement(KEEP, JSON.stringify(rows), queue, deps.clock()));
    for (const { message } of letters) message.ack();
  } catch (error) {
    deps.log("error", "queue.dead_letters_not_kept", { letters: letters.length, reason: reasonOf(error) });
    for (const { message } of letters) message.retry({ delaySeconds: RETRY_DELAY_S });
  }
}

/** The dead-letter queue's entry point: what the main queue has given up on. */
export async function consumeDeadLetters(deps: Deps, batch: MessageBatch): Promise<void> {
  const reason = "the queue gave up on this message; its ticket stays in the backlog";
  await keepDeadLetters(
    deps,
    batch.queue,
    batch.messages.map((message) => ({ message, reason })),
  );
}

function bodyOf({ body }: Message): string {
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? String(body));
  const bytes = new TextEncoder().encode(text.replaceAll("\0", "\ufffd"));
  // As a stream: it leaves out a character that the cut goes through.
  return new TextDecoder().decode(bytes.subarray(0, KEPT_BYTES), { stream: true });
}

// The same message may be delivered twice.
const KEEP = `
INSERT INTO dead_letters (queue, message_id, body, reason, kept_at)
SELECT ?2, value ->> 'id', value ->> 'body', value ->> 'reason', ?3 FROM json_each(?1) WHERE true
ON CONFLICT (queue, message_id) DO NOTHING`;
