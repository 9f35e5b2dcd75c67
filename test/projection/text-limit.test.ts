import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { MAX_TEXT } from "../../src/projection/core/text-limit.ts";
import {
  MAX_PAIRS,
  MAX_PAIRS_OF_TEXT,
  searchTextOf,
} from "../../src/projection/read-models/ticket-list/search-text.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { clientOf, TOKEN } from "../consistency/client.ts";
import { answered, emptyTables, service, WRITES_ROWS } from "../service.ts";
import { byHand, operatorOf } from "./operator.ts";

type Desk = ReturnType<typeof service>;

/** A Chinese text in which hardly a pair of characters stands twice. */
function han(characters: number, seed: number): string {
  let state = seed;
  return Array.from({ length: characters }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return String.fromCodePoint(0x4e00 + (state % 20_000));
  }).join("");
}

describe("a ticket's search text", () => {
  const pairs = (words: string) => words.split(" ").filter((word) => /\p{Script=Han}/u.test(word)).length;

  test("has so many pairs of characters at most, and no text takes the room of all others", () => {
    const [first, newest, older] = [han(20_000, 1), han(100, 2), han(20_000, 3)];
    const { search_messages } = searchTextOf("s", first, [
      ["message.added", newest],
      ["message.added", older],
    ]);
    const texts = search_messages.split(" . ");
    expect(texts.map(pairs)).toEqual([MAX_PAIRS_OF_TEXT, 100, MAX_PAIRS_OF_TEXT - 100]);
    expect(pairs(search_messages)).toBe(MAX_PAIRS);
    expect(searchTextOf("s", "", [["note.added", first]]).search_notes.split(" ")).toHaveLength(MAX_PAIRS_OF_TEXT);
  });

  test("ends where there is no room, so that no words become neighbours that are none", () => {
    const { search_messages } = searchTextOf("s", `before ${han(5_000, 1)} after`, [["message.added", "the next"]]);
    expect(search_messages.startsWith("before ")).toBe(true);
    expect(search_messages).not.toContain("after");
    expect(search_messages.endsWith(" . the next")).toBe(true);
  });

  test("keeps all words of an alphabet", () => {
    const words = Array.from({ length: 5_000 }, (_, index) => `w${index}`).join(" ");
    expect(searchTextOf("s", words, []).search_messages).toBe(words);
  });

  test.each([
    ["pairs", han(32_768, 5)],
    ["words of one letter", "a ".repeat(16_384)],
    ["letters that become whole phrases", "\ufdfa".repeat(32_768)],
    ["letters that become several", "㌖".repeat(32_768)],
    ["words of an alphabet without end", "x".repeat(32_768)],
  ])("never has more than one call may write: %s", (_, text) => {
    const parts = ["message.added", "note.added"].flatMap((type) => [1, 2, 3].map(() => [type, text] as const));
    const words = Object.values(searchTextOf([...text].slice(0, 500).join(""), text, parts)).join("");
    expect(words.length).toBeGreaterThan(1_000);
    expect(words.length).toBeLessThanOrEqual(MAX_TEXT);
  });
});

interface Row {
  readonly id: string;
  readonly state: string;
  readonly text: number;
}

/** For each call that writes rows, the search text of those that it wrote. */
async function watched(desk: Desk): Promise<number[]> {
  const written: number[] = [];
  const rows = async () => {
    const { results } = await env.DB.prepare(
      `SELECT id, json_array(version, projector, priority) AS state,
         length(search_subject) + length(search_messages) + length(search_notes) + length(facets) AS text FROM read_tickets`,
    ).all<Row>();
    return new Map(results.map((row) => [row.id, row]));
  };
  let before = await rows();
  desk.hooks.after = async (statements) => {
    if (!statements.some((sql) => sql.includes(WRITES_ROWS))) return;
    const now = await rows();
    const changed = [...now.values()].filter(({ id, state }) => before.get(id)?.state !== state);
    written.push(changed.reduce((total, { text }) => total + text, 0));
    before = now;
  };
  return written;
}

const TICKETS = 24;

/** Long tickets of all kinds: together several times what one call may write. */
async function filled(desk: Desk): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < TICKETS; index++) {
    const text = index % 3 === 0 ? "short" : index % 3 === 1 ? han(16_000, index + 1) : "a word ".repeat(6_000);
    const { id } = await desk.create({ message: text });
    await desk.command(id, "notes", { note: text });
    ids.push(id);
  }
  return ids;
}

describe("one call writes so much search text at most", () => {
  beforeEach(emptyTables);

  function expectBounded(written: readonly number[], tickets = TICKETS): void {
    expect(written.length).toBeGreaterThan(4);
    // Not one by one either: as many as there is room for.
    expect(written.length).toBeLessThan(tickets);
    for (const text of written) expect(text).toBeLessThanOrEqual(MAX_TEXT);
  }

  test("of a batch of messages, each part in two calls", async () => {
    const desk = service();
    const written = await watched(desk);
    const ids = await filled(desk);
    const messages = desk.sent.splice(0).slice(-100);
    desk.calls.length = 0;
    expect(await desk.deliver(messages)).toMatchObject({ explicitAcks: { length: messages.length } });
    expectBounded(written);
    expect(desk.calls).toHaveLength(2 * written.length);
    desk.calls.length = 0;
    written.length = 0;
    await answered(
      await desk.post("/tickets/bulk", { ids, command: { type: "SetPriority", priority: "urgent" } }),
      200,
    );
    await desk.deliver(desk.sent.splice(0));
    expectBounded(written);
    expect((await desk.list(`?priority=urgent&limit=100`)).items).toHaveLength(TICKETS);
  });

  test("of texts whose words are several times as long", async () => {
    const desk = service();
    const written = await watched(desk);
    // Each of these characters stands for a word of six.
    const text = "㌖".repeat(1_400);
    for (let index = 0; index < TICKETS; index++) {
      const { id } = await desk.create({ message: text });
      await desk.command(id, "notes", { note: text });
    }
    await desk.deliver(desk.sent.splice(0).slice(-100));
    expect(written.length).toBeGreaterThan(1);
    for (const text of written) expect(text).toBeLessThanOrEqual(MAX_TEXT);
    expect((await desk.list("?limit=100")).items).toHaveLength(TICKETS);
  });

  test("of what a sweep projects because the queue takes nothing", async () => {
    const desk = service({ queue: { sendBatch: () => Promise.reject(new Error("away")) } });
    await filled(desk);
    const written = await watched(desk);
    desk.time.now += 60_000;
    await desk.sweep();
    expectBounded(written);
    expect((await desk.list("?limit=100")).items).toHaveLength(TICKETS);
  });

  test("of what a reader asks for", async () => {
    const desk = service();
    await filled(desk);
    const written = await watched(desk);
    await clientOf(desk).get("/tickets", { [TOKEN]: "latest", Prefer: "wait=0" });
    expect(written.length).toBeGreaterThan(1);
    for (const text of written) expect(text).toBeLessThanOrEqual(MAX_TEXT);
  });

  test("of a rebuild, and of the audit after it: no ticket is passed by", async () => {
    const old = service();
    await filled(old);
    await old.deliverSent();
    const next: Projection = { ...(ticketList as Projection), projector: ticketList.projector + 1 };
    const desk = service({ projection: next });
    desk.time.now = old.time.now;
    const written = await watched(desk);
    await desk.sweep();
    await desk.deliverSent();
    expectBounded(written);
    expect(await operatorOf(desk).rebuild()).toMatchObject({
      state: "finished",
      done: TICKETS,
      failed: 0,
      drift_found: 0,
    });
    expect(await operatorOf(desk).audit()).toMatchObject({ state: "finished", done: TICKETS, coverage: 1 });
  });

  test("of what an audit mends", async () => {
    const desk = service();
    await filled(desk);
    await desk.deliverSent();
    await byHand(
      "UPDATE read_tickets SET priority = 'low', search_messages = 'x'",
      "DELETE FROM read_tickets WHERE n % 5 = 0",
    );
    const lost = 4;
    const written = await watched(desk);
    const { kinds, done } = await operatorOf(desk).audited();
    expectBounded(written);
    expect(done).toBe(TICKETS);
    const healed = kinds.map(({ kind, healed }) => [kind, healed]);
    expect(Object.fromEntries(healed)).toMatchObject({ changed: TICKETS - lost, missing: lost });
    expect((await operatorOf(desk).audited()).kinds).toEqual(kinds);
  });

  test("and the cron's audit goes as far in a minute as with short tickets", async () => {
    const desk = service();
    await filled(desk);
    await desk.deliverSent();
    for (const done of [10, 20]) {
      desk.time.now += 60_000;
      await desk.sweep();
      expect(await operatorOf(desk).audit()).toMatchObject({ state: "running", done });
    }
  });

  test("also where a ticket of the part cannot be projected: the others are", async () => {
    const project = (source: Projected) => {
      if ("subject" in source && source.subject === "bad") throw new Error("bad");
      return ticketList.project(source as never);
    };
    const desk = service({ projection: { ...(ticketList as Projection), project } });
    const written = await watched(desk);
    await filled(desk);
    await desk.create({ subject: "bad", message: han(16_000, 9) });
    await desk.deliver(desk.sent.splice(0));
    for (const text of written) expect(text).toBeLessThanOrEqual(MAX_TEXT);
    expect((await desk.list("?limit=100")).items).toHaveLength(TICKETS);
  });
});

test("an import commits so many bytes of lines in one call at most, whatever characters they are of", async () => {
  await emptyTables();
  const desk = service();
  const line = (index: number) =>
    JSON.stringify({
      ...{
        external_id: `e${index}`,
        customer_id: "c",
        subject: "s",
        message: han(20_000, index + 1),
        created_at: 1_000,
      },
      notes: [{ note: han(20_000, index + 99), created_at: 2_000 }],
    });
  const lines = Array.from({ length: 40 }, (_, index) => line(index)).join("\n");
  await answered(await desk.post("/tickets/import", lines, "application/x-ndjson"), 200);
  const commits = desk.calls.filter(({ statements }) =>
    statements.some((sql) => sql.includes("INSERT INTO ticket_events")),
  );
  // 40 lines of 120 KB, of which 16 make 2 MB.
  expect(commits).toHaveLength(3);
});
