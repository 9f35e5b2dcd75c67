import { beforeEach, describe, expect, test } from "vitest";
import { SEAL } from "../access.ts";
import { refused } from "../http/problem.ts";
import { filled } from "../projection/operator.ts";
import { answered, emptyTables, type Page, service, tableSizes } from "../service.ts";
import { clientOf, type Desk, TOKEN } from "./client.ts";

beforeEach(emptyTables);

/** What a request costs. */
async function cost(desk: Desk, work: () => Promise<unknown>) {
  desk.calls.length = 0;
  await work();
  const sum = (of: "rows_read" | "rows_written") => desk.calls.reduce((total, call) => total + call[of], 0);
  return { calls: desk.calls.length, read: sum("rows_read"), written: sum("rows_written") };
}

/** Tokens with a good seal for these versions, as many in each as may be. */
function tokensFor(versions: readonly (readonly [string, number])[], seq: number | null = null) {
  return Array.from({ length: Math.ceil(versions.length / 32) }, (_, part) => {
    const some = versions.slice(32 * part, 32 * part + 32).map(([id, version]) => [id.replaceAll("-", ""), version]);
    return [TOKEN, SEAL.seal("consistency-token", { bookmark: null, seq, versions: some })] as const;
  });
}

async function idsOf(desk: Desk, count: number): Promise<string[]> {
  const first = await desk.list("?limit=100");
  const rest = await answered<Page>(await desk.get(`/tickets?limit=100&cursor=${first.next_cursor}`), 200);
  return [...first.items, ...rest.items].slice(0, count).map(({ id }) => id);
}

describe("a forged token costs no more than a look at the versions that there are", () => {
  test.each([
    ["the largest number", Number.MAX_SAFE_INTEGER],
    ["one more than there is", 1_000],
  ])("96 real tickets at %s", async (_, version) => {
    const desk = service();
    await filled(desk, 150);
    const tokens = tokensFor((await idsOf(desk, 96)).map((id) => [id, version]));
    for (let times = 0; times < 2; times++) {
      const { calls, read, written } = await cost(desk, async () => {
        await answered(await clientOf(desk).get("/tickets?limit=1", tokens), 200);
      });
      expect({ calls, written }).toEqual({ calls: 2, written: 0 });
      expect(read).toBeLessThan(1_000);
    }
  });

  test("96 tickets that nobody knows", async () => {
    const desk = service();
    await filled(desk, 5);
    const unknown = Array.from(
      { length: 96 },
      (_, index) => `019a1b2c-3d4e-7f60-8a9b-${index.toString(16).padStart(12, "0")}`,
    );
    const { calls, read, written } = await cost(desk, async () => {
      await answered(await clientOf(desk).get("/tickets?limit=1", tokensFor(unknown.map((id) => [id, 1]))), 200);
    });
    expect({ calls, written }).toEqual({ calls: 2, written: 0 });
    expect(read).toBeLessThan(1_000);
  });

  test("what is behind among them is projected, and nothing else is", async () => {
    const desk = service();
    await filled(desk, 150);
    const { id: late, version } = await desk.create({ customer_id: "late" });
    const forged = (await idsOf(desk, 95)).map((id) => [id, Number.MAX_SAFE_INTEGER] as const);
    const { calls, read, written } = await cost(desk, async () => {
      const page = await answered<Page>(
        await clientOf(desk).get("/tickets?customer_id=late", tokensFor([...forged, [late, version]])),
        200,
      );
      expect(page.items).toMatchObject([{ id: late, version }]);
    });
    expect(calls).toBe(3);
    expect(read).toBeLessThan(1_200);
    expect(written).toBeLessThanOrEqual(20);
  });

  test("a number that no event has waits for none that comes after it", async () => {
    const desk = service();
    await desk.create();
    let created = 0;
    // Somebody is always faster than the reader.
    desk.hooks.after = async (statements) => {
      const isProjecting = statements.some((sql) => sql.includes("UPDATE read_tickets SET projector"));
      if (isProjecting && created++ < 20) await service().create();
    };
    const tokens = tokensFor([["019a1b2c-3d4e-7f60-8a9b-000000000000", 1]], Number.MAX_SAFE_INTEGER);
    await answered(await clientOf(desk).get("/tickets", [...tokens, ["Prefer", "wait=0"]]), 200);
    expect(created).toBe(1);
  });
});

describe("one reader does a bounded part of what the consumer has not done yet", () => {
  const latest = (desk: Desk, wait = 25) =>
    clientOf(desk).get("/tickets?limit=1", { [TOKEN]: "latest", Prefer: `wait=${wait}` });

  async function behind(tickets: number) {
    const desk = service();
    await filled({ ...desk, deliverSent: async () => {} }, tickets);
    desk.sent.length = 0;
    return desk;
  }

  test("of a large backlog, as much as of a larger one: then it waits, and is asked to come again", async () => {
    const costs = [];
    for (const tickets of [1_000, 3_000]) {
      await emptyTables();
      const desk = await behind(tickets);
      costs.push(
        await cost(desk, async () => {
          const { response } = await refused(latest(desk), 503, "not-yet-consistent");
          expect(response.headers.get("Retry-After")).toMatch(/^[1-9][0-9]*$/);
        }),
      );
      expect(await tableSizes()).toMatchObject({ projection_backlog: tickets - 400 });
    }
    for (const { calls, read, written } of costs) {
      expect(calls).toBeLessThanOrEqual(40);
      expect(read).toBeLessThan(21_000);
      expect(written).toBeLessThan(8_500);
    }
  });

  test("who asks again goes on", async () => {
    const desk = await behind(1_000);
    for (const left of [600, 200]) {
      await refused(latest(desk, 0), 503, "not-yet-consistent");
      expect(await tableSizes()).toMatchObject({ projection_backlog: left });
    }
    await answered(await latest(desk, 0), 200);
  });

  test("and is answered when the consumer has done the rest", async () => {
    const desk = await behind(1_000);
    const sent = desk.sent.splice(0);
    expect(sent).toEqual([]);
    let slept = 0;
    const reader = service({
      sleep: async () => {
        if (++slept === 3) {
          desk.time.now += 60_000;
          await desk.sweep();
          await desk.deliverSent();
        }
      },
    });
    await answered(await latest(reader), 200);
    expect(slept).toBe(3);
  });
});
