import { env } from "cloudflare:workers";
import { COLLECT_MS } from "../../src/erasure/search-purge.ts";
import { caller } from "../http/callers.ts";
import { ndjson } from "../oracle/lines.ts";
import { answered, KEY, type service } from "../service.ts";

type Desk = ReturnType<typeof service>;

/** What an erasure answers. */
export interface Erasure {
  readonly erased: number;
  readonly remaining: number;
}

/** Erases a customer in the root key's workspace. */
export async function erase(desk: Desk, id: string, status = 200): Promise<Erasure> {
  return await answered(await caller(desk, KEY).delete(`/customers/${encodeURIComponent(id)}`), status);
}

/** Imports so many tickets of a customer. */
export async function imported(desk: Desk, tickets: number, customer_id: string): Promise<void> {
  const lines = Array.from({ length: tickets }, (_, index) => ({
    external_id: `zqext-${customer_id}-${index}`,
    customer_id,
    subject: "zqsubject",
    message: "zqmessage",
    created_at: index,
  }));
  for (let start = 0; start < tickets; start += 1_000) {
    const body = ndjson(lines.slice(start, start + 1_000));
    await answered(await desk.post("/tickets/import", body, "application/x-ndjson"), 200);
  }
}

/** One pass of the cron, when the search tables have waited long enough for more erasures. */
export async function mergeIndexes(desk: Desk): Promise<void> {
  desk.time.now += COLLECT_MS;
  await desk.sweep();
}

/** So many passes of the cron, so many minutes apart, and all that the queue has to deliver. */
export async function minutes(desk: Desk, passes: number, apart = 1): Promise<void> {
  for (let pass = 0; pass < passes; pass++) {
    desk.time.now += apart * 60_000;
    await desk.sweep();
    await desk.deliverSent();
  }
}

/** Counts the rows of a table. */
export async function count(sql: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`).first<number>("n")) ?? 0;
}

/** The ids of a customer's tickets, in order. */
export async function ticketsOf(customer_id: string): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id FROM tickets WHERE customer_id = ?1 ORDER BY id")
    .bind(customer_id)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Whether a call is the transaction that erases tickets. */
export function erasesTickets(statements: readonly string[]): boolean {
  return statements.some((sql) => sql.includes("UPDATE ticket_events SET body = NULL"));
}
