import { setTimeout as pause } from "node:timers/promises";
import { Failure, oneLine } from "../local/run.ts";
import { demoTickets, followUp } from "./tickets.ts";

/** The time limit for all demo tickets to appear in lists, in milliseconds. */
const PROJECTION_LIMIT_MS = 15_000;

/**
 * Imports the demo tickets through the API if there is no ticket yet, and waits until the lists show them.
 *
 * @returns the number of imported tickets; 0 if there were tickets already.
 */
export async function seedDemo(address: string, key: string): Promise<number> {
  if ((await list(address, key, "limit=1")).length > 0) return 0;
  const lines = demoTickets(Date.now()).map((ticket) => JSON.stringify(ticket));
  const { refused } = (await ask(`${address}/tickets/import`, key, `${lines.join("\n")}\n`)) as { refused: unknown[] };
  if (refused.length > 0) throw new Failure(`The demo tickets were refused: ${JSON.stringify(refused[0])}`);
  await untilProjected(address, key);
  const [followed] = await list(address, key, `external_id=${followUp.of}`);
  if (!followed) return lines.length;
  await ask(`${address}/tickets`, key, JSON.stringify({ ...followUp.ticket, follow_up_of: followed.id }));
  await untilProjected(address, key);
  return lines.length + 1;
}

async function list(address: string, key: string, query: string): Promise<{ id: string }[]> {
  const { items } = (await ask(`${address}/tickets?${query}`, key)) as { items: { id: string }[] };
  return items;
}

async function untilProjected(address: string, key: string): Promise<void> {
  const deadline = performance.now() + PROJECTION_LIMIT_MS;
  while (performance.now() < deadline) {
    const { backlog } = (await ask(`${address}/projections`, key)) as { backlog: { count: number } };
    if (backlog.count === 0) return;
    await pause(100);
  }
  // No reason to fail: the lists are behind, and say so.
  console.error("The lists do not show all demo tickets yet; see GET /projections");
}

async function ask(url: string, key: string, body?: string): Promise<unknown> {
  const type = url.endsWith("/import") ? "application/x-ndjson" : "application/json";
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": type };
  const answer = await fetch(url, body === undefined ? { headers } : { method: "POST", headers, body });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw new Failure(`The demo tickets could not be imported: ${url} answered ${answer.status} ${oneLine(text)}`);
}
