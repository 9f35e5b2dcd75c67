import type { Line } from "./ticket-list.ts";

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TEXTS = [
  "Where is my order?",
  "  Die Rechnung\n\n\tfehlt seit Oktober.  ",
  "お世話になっております。ログインできません。",
  "Merci ! 🎉 Ça marche enfin\u00a0\u2003maintenant.",
  "x".repeat(139),
  "y ".repeat(140),
  "👩‍👩‍👧 ".repeat(90),
  `${"long ".repeat(2000)}end`,
  `${"\n".repeat(5000)}after a long silence`,
];

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/**
 * Import lines with statuses, notes, reopenings, ties and times out of order. Times are few, so that many tickets share
 * their `updated_at`.
 */
export function generateLines(count: number, seed: number): Line[] {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0];
  const text = () => TEXTS[below(TEXTS.length)] ?? "";
  const time = () => START + below(500) * MINUTE;

  return Array.from({ length: count }, (_, index) => {
    const status = pick(["open", "open", "pending", "resolved", "closed"]);
    const messages = Array.from({ length: below(5) }, () => ({
      from: pick(["customer", "agent"]),
      body: text(),
      created_at: time(),
    }));
    const notes = Array.from({ length: below(3) }, () => ({ note: text(), created_at: time(), agent_id: "agent-1" }));
    const created_at = time();
    const after = Math.max(created_at, ...messages.map((message) => message.created_at));
    // Half of the closed tickets have messages after their closing.
    const early = Math.max(created_at, messages[0]?.created_at ?? 0);
    const status_at = status === "closed" ? [after, early][below(2)] : Math.max(created_at, time());
    return {
      external_id: `ext-${seed}-${index}`,
      customer_id: `cus-${below(40)}`,
      subject: `Subject ${index}`,
      message: text(),
      created_at,
      tags: ["billing", "login", "billing"].slice(0, below(4)),
      priority: pick(["low", "normal", "high", "urgent"]),
      ...(next() < 0.6 && { assignee_id: `agent-${below(6)}` }),
      status,
      ...(next() < 0.7 && { status_at }),
      messages,
      notes,
    };
  });
}

/** The lines as the body of an import. */
export function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => JSON.stringify(line)).join("\n");
}
