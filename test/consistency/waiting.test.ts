import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { refused } from "../http/problem.ts";
import { answered, emptyTables, type Page, service, WRITES_ROWS } from "../service.ts";
import { clientOf, type Desk, inside, LOST, TOKEN, tokenOf } from "./client.ts";

beforeEach(emptyTables);

const sound: Projection = ticketList;

/** A service whose projector fails so many times, or for good, for tickets with the subject "poison". */
function failing(times = Number.POSITIVE_INFINITY) {
  let left = times;
  const project = (source: Projected) => {
    if ("subject" in source && source.subject === "poison" && left-- > 0) throw new Error("poison cannot be projected");
    return sound.project(source);
  };
  return service({ projection: { ...sound, project } });
}

/** A ticket that the projector fails for, and the token of its creation. */
async function poison(desk: Desk) {
  const ticket = { customer_id: "c", subject: "poison", message: "m" };
  const response = await clientOf(desk).post("/tickets", ticket);
  const { id } = await answered<{ id: string }>(response.clone(), 201);
  return { id, token: tokenOf(response) };
}

/** How the ticket stands in the backlog. */
const backlogOf = (id: string) =>
  env.DB.prepare("SELECT * FROM projection_backlog WHERE ticket_id = ?").bind(id).first();

async function park(desk: Desk, id: string, version = 1): Promise<void> {
  for (let attempts = 0; attempts < 5; attempts++) {
    await desk.deliver([{ workspace_id: "default", ticket_id: id, version }]);
  }
  expect(await backlogOf(id)).toMatchObject({ attempts: 5, parked_at: desk.time.now });
}

describe("a list that cannot show in time what its token asks for", () => {
  const bounds = [
    [undefined, 4_000, null],
    ["wait=0", 0, "wait=0"],
    ["wait=2", 2_000, "wait=2"],
    ["wait=25", 25_000, "wait=25"],
    ["wait=99", 25_000, "wait=25"],
    ["respond-async, wait=3", 3_000, "wait=3"],
    ['handling=lenient; x="y", wait="4"', 4_000, "wait=4"],
    ["WAIT = 1", 1_000, "wait=1"],
    ["wait=soon", 4_000, null],
    ["wait=-1", 4_000, null],
    ["wait=1.5", 4_000, null],
    ["await=1", 4_000, null],
  ] as const;

  test.each(bounds)(
    "is refused after its wait, neither sooner nor later: Prefer: %s",
    async (prefer, wait, applied) => {
      const desk = failing();
      const { token } = await poison(desk);
      const began = desk.time.now;
      const given = { [TOKEN]: token, ...(prefer !== undefined && { Prefer: prefer }) };
      const { response } = await refused(clientOf(desk).get("/tickets", given), 503, "not-yet-consistent");
      expect(response.headers.get("Retry-After")).toMatch(/^[1-9][0-9]*$/);
      expect(response.headers.get("Preference-Applied")).toBe(applied);
      expect(desk.time.now - began).toBe(wait);
      expect(desk.calls.length).toBeLessThan(100);
    },
  );

  test.each(bounds)(
    "says which preference it followed, also when nothing is to wait for: Prefer: %s",
    async (prefer, _, applied) => {
      const desk = service();
      const response = await clientOf(desk).get("/tickets", prefer === undefined ? {} : { Prefer: prefer });
      expect([response.status, response.headers.get("Preference-Applied")]).toEqual([200, applied]);
    },
  );

  test("counts what the calls take, too", async () => {
    const desk = failing();
    const { token } = await poison(desk);
    const began = desk.time.now;
    desk.hooks.before = async () => {
      desk.time.now += 400;
    };
    await refused(clientOf(desk).get("/tickets", { [TOKEN]: token, Prefer: "wait=2" }), 503, "not-yet-consistent");
    expect(desk.time.now - began).toBeLessThan(2_000 + 3 * 400);
  });

  test("waits by its own count while the clock runs backwards", async () => {
    const slept: number[] = [];
    const project = () => {
      throw new Error("nothing can be projected");
    };
    const desk = service({
      projection: { ...sound, project },
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        desk.time.now -= 3_600_000;
      },
    });
    const { token } = await poison(desk);
    await refused(clientOf(desk).get("/tickets", { [TOKEN]: token }), 503, "not-yet-consistent");
    expect(slept.reduce((sum, nap) => sum + nap)).toBe(4_000);
  });

  test("never parks, nor counts attempts", async () => {
    const desk = failing();
    const { id, token } = await poison(desk);
    const before = await backlogOf(id);
    for (let times = 0; times < 10; times++) {
      await refused(clientOf(desk).get("/tickets", { [TOKEN]: token }), 503, "not-yet-consistent");
    }
    expect(await backlogOf(id)).toEqual(before);
  });

  test("is asked for with latest, too; another reader's list is not held up", async () => {
    const desk = failing();
    const { get, list } = clientOf(desk);
    await poison(desk);
    await refused(get("/tickets", { [TOKEN]: "latest" }), 503, "not-yet-consistent");
    const { id, version } = await desk.create();
    const details = await get(`/tickets/${id}`);
    expect((await list(tokenOf(details))).items).toMatchObject([{ id, version }]);
    expect((await desk.list()).items).toHaveLength(1);
  });
});

describe("a list is answered as soon as it can be", () => {
  test("when the projection succeeds at last", async () => {
    const desk = failing(3);
    const { id, token } = await poison(desk);
    const began = desk.time.now;
    expect((await clientOf(desk).list(token)).items).toMatchObject([{ id }]);
    expect(desk.time.now - began).toBe(20 + 40 + 80);
  });

  test("when somebody else has projected it meanwhile", async () => {
    const desk = failing();
    const { id, token } = await poison(desk);
    let calls = 0;
    desk.hooks.before = async () => {
      if (++calls === 4) await service().deliver([{ workspace_id: "default", ticket_id: id, version: 1 }]);
    };
    expect((await clientOf(desk).list(token)).items).toMatchObject([{ id }]);
  });

  test("when the database is back: a lost call that catches up is made again", async () => {
    for (const when of ["before", "after"] as const) {
      await emptyTables();
      const desk = service();
      const { id, token } = await poison(desk);
      let left = 2;
      desk.hooks[when] = async ([sql]) => {
        if (sql?.includes(WRITES_ROWS) && left-- > 0) throw new Error(LOST);
      };
      expect((await clientOf(desk).list(token)).items).toMatchObject([{ id }]);
    }
  });

  test("and with 503 when the page itself cannot be read", async () => {
    const desk = service();
    const { token } = await poison(desk);
    desk.hooks.before = () => Promise.reject(new Error(LOST));
    await refused(clientOf(desk).get("/tickets", { [TOKEN]: token }), 503, "temporarily-unavailable");
  });
});

describe("a parked ticket", () => {
  test("is named as stale, not waited for, and stays in the token", async () => {
    const desk = failing();
    const { get } = clientOf(desk);
    const { id, token } = await poison(desk);
    await park(desk, id);
    const before = await backlogOf(id);
    const { id: other } = await desk.create();
    for (const given of [token, "latest"]) {
      const began = desk.time.now;
      const response = await get("/tickets", { [TOKEN]: given });
      expect(await answered(response.clone(), 200)).toMatchObject({ stale: [id] });
      expect(desk.time.now).toBe(began);
      expect(await backlogOf(id)).toEqual(before);
      const { seq, versions } = inside(response);
      expect({ seq, versions }).toEqual(
        given === "latest" ? { seq: 2, versions: {} } : { seq: null, versions: { [id]: 1 } },
      );
      const again = await answered<Page>(await get("/tickets", { [TOKEN]: tokenOf(response) }), 200);
      expect(again).toMatchObject({ stale: [id] });
      if (given === "latest") expect(again.items.map((item) => item.id)).toEqual([other]);
    }
  });

  test("does not hide what else is missing", async () => {
    const desk = failing();
    const { id, token } = await poison(desk);
    await park(desk, id);
    const response = await clientOf(desk).post(
      "/tickets",
      { customer_id: "c", subject: "s", message: "m" },
      { [TOKEN]: token },
    );
    expect(await clientOf(desk).list(tokenOf(response))).toMatchObject({ items: [{ subject: "s" }], stale: [id] });
  });

  test("is not stale to a reader who has seen no more than its row shows", async () => {
    const desk = failing(0);
    const { id, token } = await poison(desk);
    await desk.deliverSent();
    const bad = failing();
    await bad.command(id, "notes", { note: "n" });
    await park(bad, id, 2);
    const page = await clientOf(bad).list(token);
    expect(page).toMatchObject({ items: [{ id, version: 1 }] });
    expect(page.stale).toBeUndefined();
    const details = await clientOf(bad).get(`/tickets/${id}`);
    expect(await clientOf(bad).list(tokenOf(details))).toMatchObject({ items: [{ version: 1 }], stale: [id] });
  });

  test("that has changed since is waited for again", async () => {
    const desk = failing();
    const { id } = await poison(desk);
    await park(desk, id);
    const response = await clientOf(desk).post(`/tickets/${id}/notes`, { note: "n" });
    await refused(clientOf(desk).get("/tickets", { [TOKEN]: tokenOf(response) }), 503, "not-yet-consistent");
  });
});
