import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { RANDOM } from "../http/problem.ts";
import { answered, emptyTables, type Page, service, WRITES_ROWS } from "../service.ts";
import { clientOf, type Desk, TOKEN, tokenOf } from "./client.ts";

beforeEach(emptyTables);

interface Recorded {
  readonly ticket_id: string;
  readonly version: number;
  readonly recorded_at: number;
}

/**
 * The moments that a page may name: that of the oldest change that it does not show; if it shows all, from the newest change or the last
 * full minute, whichever is later, to the database's time.
 */
async function dueFor({ items }: Page): Promise<{ earliest: number; latest: number }> {
  const shown = new Map(items.map(({ id, version }) => [id, version]));
  const events = await env.DB.prepare("SELECT ticket_id, version, recorded_at FROM ticket_events").all<Recorded>();
  const unshown = events.results.filter(({ ticket_id, version }) => version > (shown.get(ticket_id) ?? 0));
  const moments = (some: readonly Recorded[]) => some.map(({ recorded_at }) => recorded_at);
  if (unshown.length > 0) {
    const oldest = Math.min(...moments(unshown));
    return { earliest: oldest, latest: oldest };
  }
  const clock = (await env.DB.prepare("SELECT at FROM db_clock").first<number>("at")) ?? 0;
  return { earliest: Math.max(clock - (clock % 60_000), ...moments(events.results)), latest: clock };
}

async function list(desk: Desk, token: string): Promise<{ page: Page; token: string }> {
  const response = await clientOf(desk).get("/tickets?limit=100", token === "" ? {} : { [TOKEN]: token });
  return { page: await answered<Page>(response, 200), token: tokenOf(response) };
}

test("as_of is the oldest change that the page does not show, and never goes back, whatever happens and on any clock", async () => {
  const step = fc.record({
    action: fc.constantFrom(
      "create",
      "note",
      "note",
      "deliver",
      "deliver all",
      "lose all",
      "sweep",
      "list",
      "list",
      "latest",
    ),
    // Many changes share their millisecond, and the clock of a Worker may jump back.
    passed: fc.constantFrom(0, 0, 0, 1, 5_000, 20_000, -10_000),
  });
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
    await emptyTables();
    const desk = service();
    const ids = [(await desk.create()).id];
    let token = "";
    let before = 0;
    for (const { action, passed } of steps) {
      desk.time.now += passed;
      if (action === "create") ids.push((await desk.create()).id);
      if (action === "note") await desk.command(ids[desk.calls.length % ids.length] ?? "", "notes", { note: "n" });
      if (action === "deliver") await desk.deliver(desk.sent.splice(0, 1));
      if (action === "deliver all") await desk.deliverSent();
      if (action === "lose all") desk.sent.length = 0;
      if (action === "sweep") await desk.sweep();
      if (action !== "list" && action !== "latest") continue;
      const read = await list(desk, action === "latest" ? action : token);
      const as_of = Date.parse(read.page.as_of);
      const { earliest, latest } = await dueFor(read.page);
      expect(as_of).toBeGreaterThanOrEqual(Math.max(earliest, before));
      expect(as_of).toBeLessThanOrEqual(latest);
      [token, before] = [read.token, as_of];
    }
  });
  await fc.assert(property, { ...RANDOM, numRuns: 40 });
});

test("as_of is exclusive: a change of that very millisecond may be missing", async () => {
  const desk = service();
  const { id } = await desk.create();
  await desk.deliverSent();
  const now = new Date(desk.time.now).toISOString();
  expect(await desk.list()).toMatchObject({ items: [{ id }], as_of: now });
  await desk.create();
  expect(await desk.list()).toMatchObject({ items: [{ id }], as_of: now });
});

test("as_of is the database's, not the Worker's clock: a Worker that is ahead makes nothing fresher", async () => {
  const desk = service();
  const recorded = new Date(desk.time.now).toISOString();
  await desk.create();
  await desk.deliverSent();
  desk.time.now += 60_000;
  expect((await desk.list()).as_of).toBe(recorded);
  await desk.sweep();
  expect((await desk.list()).as_of).toBe(new Date(desk.time.now).toISOString());
});

test("as_of is of the snapshot that the page is of, also where the list had to catch up", async () => {
  for (const [catchesUp, sql] of [
    [false, "read_tickets"],
    [true, WRITES_ROWS],
  ] as const) {
    for (const when of ["before", "after"] as const) {
      await emptyTables();
      const desk = service();
      const { id } = await desk.create();
      const token = catchesUp ? "latest" : "";
      if (!catchesUp) await desk.deliverSent();
      const rival = service();
      rival.time.now = desk.time.now + 5_000;
      let written: string | undefined;
      desk.hooks[when] = async (statements: readonly string[]) => {
        if (written === undefined && statements.some((text) => text.includes(sql))) written = (await rival.create()).id;
      };
      const { page } = await list(desk, token);
      expect(page.items.map((item) => item.id)).toEqual([id]);
      expect(written).toBeDefined();
      // Before the page, the rival's change is what is missing from it; after it, the page knows nothing of it.
      const moment = when === "before" ? rival.time.now : desk.time.now;
      expect(page.as_of).toBe(new Date(moment).toISOString());
    }
  }
});
