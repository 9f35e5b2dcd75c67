import { expect } from "vitest";
import { random } from "../../oracle/lines.ts";
import { deliverAll, type RealDesk } from "./desk.ts";
import { type Change, type Story, tell } from "./story.ts";

/** What a desk does with its tickets: many at once, and one at a time. */
const REQUESTS = 900;
const BULK_EVERY = 5;
const MOST_TOGETHER = 40;

const AGENTS = [null, "ada", "Ada", "bob@x.example", "张伟", "agent 7", "none of them"];
const TAGS = ["vip", "VIP", "a.b", "a b", 'a"b', "ünïcode", "税", "topic:other", "locale:it", "escalated"];
const NOTES = [
  "Called back: refund of 2½ months agreed",
  "Kundin möchte die Rechnung per Post – Straße 7",
  "返金について確認しました。",
  "Повернули кошти, чекаємо на відповідь",
  "ينتظر العميل الفاتورة",
  "Thunderbird™ 115 on Windows®, see a@b.example",
  "환불해 주세요",
  "שלום־עולם",
];
const MESSAGES = [...NOTES, "Thank you, it works again!", "Noch einmal: es geht NICHT", "👍"];

/** What `POST /tickets/bulk` says of each ticket. */
interface BulkAnswer {
  readonly results: readonly { readonly id: string; readonly status: number }[];
}

type Pick = <Value>(values: readonly [Value, ...Value[]]) => Value;

/** A change as a desk makes them: what is done most often comes most often. */
function changeBy(next: () => number, pick: Pick): Change {
  const one = (values: readonly string[]) => values[Math.floor(next() * values.length)] ?? "";
  const kind = pick(["status", "status", "status", "assignee", "assignee", "priority", "tags", "notes", "messages"]);
  if (kind === "status") {
    const status = pick(["open", "pending", "pending", "resolved", "resolved", "closed"]);
    return made("UpdateStatus", kind, { new_status: status }, (at) => ({ kind, status, at }));
  }
  if (kind === "assignee") {
    const assignee_id = AGENTS[Math.floor(next() * AGENTS.length)] ?? null;
    return made("AssignTicket", kind, { assignee_id }, (at) => ({ kind, assignee_id, at }));
  }
  if (kind === "priority") {
    const priority = pick(["low", "normal", "high", "high", "urgent"]);
    return made("SetPriority", kind, { priority }, (at) => ({ kind, priority, at }));
  }
  if (kind === "tags") {
    const tags = TAGS.filter(() => next() < 0.2);
    return made("SetTags", kind, { tags }, (at) => ({ kind, tags, at }));
  }
  if (kind === "notes") {
    const note = one(NOTES);
    return made("AddAgentNote", kind, { note }, (at) => ({ kind: "note", note, at }));
  }
  const body = one(MESSAGES);
  const from = pick(["agent", "agent", "customer"]);
  return made("AddMessage", kind, { body, from }, (at) => ({ kind: "message", body, from, at }));
}

function made(type: string, path: string, body: Change["body"], moment: Change["moment"]): Change {
  return { type, path, body, moment };
}

/**
 * Sends commands for some thousands of tickets, holds each answer to the rules, and has what came of them projected.
 *
 * @returns how many commands there were, each ticket of a bulk counted, and how many tickets they changed
 */
export async function changeMany({ service, stories }: RealDesk, seed: number) {
  const next = random(seed);
  const pick: Pick = (values) => values[Math.floor(next() * values.length)] ?? values[0];
  const touched = new Set<Story>();
  let commands = 0;
  // So it is known from outside when a command happened: its time is the clock's.
  service.time.step = 0;
  const someone = () => {
    const story = stories[Math.floor(next() * stories.length)];
    if (!story) throw new Error("there is no ticket");
    touched.add(story);
    return story;
  };
  for (let run = 0; run < REQUESTS; run++) {
    // Now and then several within one millisecond.
    service.time.now += next() < 0.2 ? 0 : 1 + Math.floor(next() * 100_000);
    const { now } = service.time;
    const change = changeBy(next, pick);
    if (run % BULK_EVERY === 0) {
      const together = [...new Set(Array.from({ length: 1 + Math.floor(next() * MOST_TOGETHER) }, someone))];
      const ids = together.map(({ id }) => id);
      const { results } = await service.post<BulkAnswer>("/tickets/bulk", 200, {
        ids,
        command: { type: change.type, ...change.body },
      });
      const expected = together.map((story) => ({ id: story.id, status: tell(story, change, now) }));
      expect(results.map(({ id, status }) => ({ id, status }))).toEqual(expected);
      commands += ids.length;
    } else {
      // Some tickets come again and again.
      const story = next() < 0.5 ? ([...touched][Math.floor(next() * touched.size)] ?? someone()) : someone();
      await service.post(`/tickets/${story.id}/${change.path}`, tell(story, change, now), change.body);
      commands++;
    }
  }
  service.time.step = 1;
  await deliverAll(service);
  return { commands, tickets: touched.size };
}
