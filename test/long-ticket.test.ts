import { beforeAll, describe, expect, test } from "vitest";
import { answered, emptyTables, service } from "./service.ts";

/** As many as one ticket of an import may have. */
const MOST_MESSAGES = 10_000;
const desk = service();

/** A ticket with more events than any page or projection looks at, and one with as many as there can be. */
const ids = { short: "", long: "" };
type Which = keyof typeof ids;

async function importTicket(external_id: string, messages: number): Promise<string> {
  const body = "It still does not work, and this is what I have tried. ".repeat(11);
  const line = {
    ...{ external_id, customer_id: "cus-1", subject: "It does not work", message: body, created_at: 1_000 },
    messages: Array.from({ length: messages }, (_, index) => ({
      ...{ from: index % 2 === 0 ? "agent" : "customer", body: `${index} ${body}`, created_at: 2_000 + index },
    })),
    notes: Array.from({ length: 200 }, (_, index) => ({ note: `Note ${index}`, created_at: 50_000 + index })),
  };
  await answered(await desk.post("/tickets/import", JSON.stringify(line), "application/x-ndjson"), 200);
  await desk.deliverSent();
  return (await desk.list()).items.find((item) => item.external_id === external_id)?.id ?? "";
}

beforeAll(async () => {
  await emptyTables();
  ids.short = await importTicket("short", 500);
  ids.long = await importTicket("long", MOST_MESSAGES);
});

/** What a piece of work cost: its D1 calls, and the rows of all of them. */
async function cost(work: () => Promise<unknown>) {
  desk.calls.length = 0;
  await work();
  const sum = (of: "rows_read" | "rows_written") => desk.calls.reduce((total, call) => total + call[of], 0);
  return { calls: desk.calls.length, read: sum("rows_read"), written: sum("rows_written") };
}

async function costs(work: (id: string) => Promise<unknown>) {
  return { short: await cost(() => work(ids.short)), long: await cost(() => work(ids.long)) };
}

describe(`a ticket of ${MOST_MESSAGES} messages costs what a short one does`, () => {
  test.each<[string, (id: string) => Promise<unknown>, number]>([
    ["its next message", (id) => desk.command(id, "messages", { body: "And?", from: "customer" }), 2],
    ["its next note", (id) => desk.command(id, "notes", { note: "Look at this" }), 2],
    ["its next status", (id) => desk.command(id, "status", { new_status: "resolved" }), 2],
    [
      "its part in a bulk",
      (id) => desk.post("/tickets/bulk", { ids: [id], command: { type: "SetPriority", priority: "low" } }),
      2,
    ],
    ["a list with it on top", () => desk.list("?limit=1"), 1],
  ])("%s", async (_, work, calls) => {
    const { short, long } = await costs(work);
    expect(long).toEqual({ ...short, read: expect.any(Number) });
    expect(long.calls).toBe(calls);
    expect(long.read).toBeLessThanOrEqual(short.read + 2);
    await desk.deliverSent();
  });

  test("its projection, and the replay of that", async () => {
    const project = async (which: Which) => {
      await desk.command(ids[which], "messages", { body: "Once more", from: "agent" });
      const sent = desk.sent.splice(0);
      return { first: await cost(() => desk.deliver(sent)), replay: await cost(() => desk.deliver(sent)) };
    };
    const [short, long] = [await project("short"), await project("long")];
    expect(long.first).toMatchObject({ calls: 2, written: short.first.written });
    expect(long.first.read).toBeLessThanOrEqual(short.first.read + 2);
    expect(long.replay).toMatchObject({ calls: 2, written: 0 });
    expect(long.replay.read).toBeLessThanOrEqual(short.replay.read + 2);
  });
});

interface Page {
  readonly items: { readonly version: number }[];
  readonly next_cursor: string | null;
}

const PARTS = [
  ["conversation", "", (body: { conversation: Page }) => body.conversation],
  ["history", "/events", (body: { conversation: Page } & Page) => body],
] as const;

describe.each(PARTS)("its %s", (_, path, pageIn) => {
  test.each([20, 100])(
    "is read through by pages of %i events, each in one call, none larger than another",
    async (limit) => {
      let [cursor, pages, last] = ["", 0, 0];
      for (let isMore = true; isMore; pages++) {
        let text = "";
        const { calls, read } = await cost(async () => {
          text = await (await desk.get(`/tickets/${ids.long}${path}?limit=${limit}${cursor}`)).text();
        });
        expect(calls).toBe(1);
        expect(read).toBeLessThanOrEqual(4 * limit + 10);
        // The details have the first message and the latest note besides.
        expect(text.length).toBeLessThanOrEqual((limit + 2) * 1_000);
        const { items, next_cursor } = pageIn(JSON.parse(text));
        for (const { version } of items) {
          expect(version).toBeGreaterThan(last);
          last = version;
        }
        isMore = next_cursor !== null;
        cursor = `&cursor=${encodeURIComponent(next_cursor ?? "")}`;
        // All of it is read in hundreds.
        if (limit === 20 && pages > 5) break;
      }
      if (limit === 100) expect(last).toBeGreaterThan(MOST_MESSAGES + 200);
    },
  );
});

test("a page of large texts ends early, so that it fits into the memory of a Worker", async () => {
  const { id } = await desk.create();
  for (let times = 0; times < 8; times++) {
    await desk.command(id, "messages", { body: "x".repeat(250_000), from: "agent" });
  }
  for (const [, path] of PARTS) {
    const text = await (await desk.get(`/tickets/${id}${path}?limit=100`)).text();
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(text.length).toBeLessThan(1_300_000);
  }
});
