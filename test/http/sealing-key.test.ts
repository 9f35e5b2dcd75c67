import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { type KnownSeal, sealOf } from "../../src/platform/sealing-key.ts";
import { SEAL } from "../access.ts";
import { TOKEN, tokenOf } from "../consistency/client.ts";
import { recordCalls } from "../recorder.ts";
import { answered, emptyTables, KEY, type Page, service } from "../service.ts";
import { caller, root } from "./callers.ts";
import { refused } from "./problem.ts";

beforeEach(emptyTables);

/** A service that seals with the key in the database, in an isolate that does not know it yet. */
function isolate(rootKey = KEY) {
  const sealing: KnownSeal = {};
  const { database, calls } = recordCalls(env.DB);
  const counted = new Database(database);
  const desk = service({
    seal: () => sealOf(counted, sealing),
    access: { rootKey, keyRing: { database: counted, known: new Map(), sealing } },
  });
  /** The D1 calls of a piece of work, those for keys among them. */
  const callsOf = async (work: () => Promise<unknown>) => {
    calls.length = 0;
    desk.calls.length = 0;
    await work();
    return calls.length + desk.calls.length;
  };
  return { desk, callsOf };
}

/** A list's first page of one ticket, whose next cursor is sealed. */
async function cursorOf(desk: ReturnType<typeof service>): Promise<string> {
  const { next_cursor } = await desk.list("?limit=1");
  if (next_cursor === null) throw new Error("there is no next page");
  return next_cursor;
}

describe("the sealing key", () => {
  test("costs one call in the life of an isolate that sees the root key only", async () => {
    const { desk, callsOf } = isolate();
    expect(await callsOf(() => desk.list())).toBe(2);
    expect(await callsOf(() => desk.list())).toBe(1);
    expect(await callsOf(() => desk.create())).toBe(1);
  });

  test("costs no call besides the look-up of an API key", async () => {
    const { key } = await root(service()).makeKey({ workspace_id: "default" });
    const { desk, callsOf } = isolate();
    const list = () => caller(desk, key).get("/tickets");
    expect(await callsOf(list)).toBe(2);
    expect(await callsOf(list)).toBe(1);
  });

  test("is the same in every isolate, and with another root key", async () => {
    const { desk } = isolate();
    for (let tickets = 0; tickets < 2; tickets++) await desk.create();
    await desk.deliverSent();
    const cursor = await cursorOf(desk);
    const { desk: later } = isolate("another-root-key");
    const headers = { Authorization: "Bearer another-root-key" };
    expect((await later.fetch(`/tickets?limit=1&cursor=${cursor}`, { headers })).status).toBe(200);
  });

  test("opens nothing that another key has sealed", async () => {
    const { desk } = isolate();
    const forged = SEAL.seal(["tickets", "updated_at desc", "default", {}], [0, 1, "id"]);
    await refused(desk.get(`/tickets?cursor=${forged}`), 400, "invalid-cursor");
  });

  test("that was changed in the database ends what the old one sealed, at the next look-up of a key", async () => {
    const { desk } = isolate();
    const { key } = await root(desk).makeKey({ workspace_id: "default" });
    for (let tickets = 0; tickets < 2; tickets++) await desk.create();
    await desk.deliverSent();
    const cursor = await cursorOf(desk);
    await env.DB.prepare("UPDATE sealing_key SET key = lower(hex(randomblob(32)))").run();
    await caller(desk, key).get("/tickets");
    await refused(desk.get(`/tickets?limit=1&cursor=${cursor}`), 400, "invalid-cursor");
    expect((await desk.get(`/tickets?limit=1&cursor=${await cursorOf(desk)}`)).status).toBe(200);
  });

  test("that cannot be read stops a command before it takes effect", async () => {
    const { desk } = isolate();
    const broken = service({
      seal: async () => {
        throw new Error("D1_ERROR: Network connection lost.");
      },
    });
    const ticket = { customer_id: "c", subject: "s", message: "m" };
    await refused(broken.post("/tickets", ticket), 503, "temporarily-unavailable");
    expect((await desk.list()).items).toEqual([]);
  });
});

describe("what a workspace sees while another one is busy", () => {
  /** All of an answer but what is random or measured. */
  async function seen(response: Response) {
    const hidden = ["x-request-id", "server-timing", TOKEN.toLowerCase()];
    const headers = [...response.headers].filter(([name]) => !hidden.includes(name));
    return { status: response.status, headers, token: tokenLength(response), body: await response.text() };
  }

  const tokenLength = (response: Response) => response.headers.get(TOKEN)?.length;

  /** A workspace with a ticket, and everything that it can ask for. */
  async function idleWorkspace() {
    const { desk } = isolate();
    const { key: idleKey } = await root(desk).makeKey({ workspace_id: "idle" });
    const { key: busyKey } = await root(desk).makeKey({ workspace_id: "busy" });
    const [idle, busy] = [caller(desk, idleKey), caller(desk, busyKey)];
    const ticket = { customer_id: "c", subject: "s", message: "m" };
    const { id } = await answered<{ id: string }>(await idle.post("/tickets", ticket), 201);
    await desk.deliverSent();
    // A revision is ahead of the database's time after several changes in one millisecond, and as_of catches up with it.
    desk.time.now += 1;
    await idle.post("/tickets", ticket);
    await desk.deliverSent();
    const paths = [
      "/tickets",
      "/tickets?limit=1",
      "/tickets?status=open&sort=created_at",
      "/stats",
      "/events",
      "/events?after=latest",
      `/tickets/${id}`,
      `/tickets/${id}/events`,
    ];
    const latest = () => desk.fetch("/tickets", { headers: { Authorization: `Bearer ${idleKey}`, [TOKEN]: "latest" } });
    const look = async () => [
      ...(await Promise.all(paths.map(async (path) => await seen(await idle.get(path))))),
      await seen(await latest()),
    ];
    const beBusy = async () => {
      for (let tickets = 0; tickets < 12; tickets++) {
        desk.time.now += 1_000;
        await busy.post("/tickets", ticket);
      }
      await desk.deliverSent();
    };
    return { desk, idle, idleKey, look, beBusy, id };
  }

  test("is the same as before: every answer, to the byte but for what is random", async () => {
    const { look, beBusy } = await idleWorkspace();
    const before = await look();
    await beBusy();
    expect(await look()).toEqual(before);
  });

  test("and its own list is as of the last minute all the same, and never goes back", async () => {
    const { desk, idle, beBusy } = await idleWorkspace();
    const asOf = async () => Date.parse((await answered<Page>(await idle.get("/tickets"), 200)).as_of);
    const moments = [await asOf()];
    for (let minutes = 0; minutes < 3; minutes++) {
      await beBusy();
      moments.push(await asOf());
      desk.time.now += 48_000;
      await desk.sweep();
      moments.push(await asOf());
      expect(desk.time.now - (moments.at(-1) ?? 0)).toBeLessThan(60_000);
      await idle.post("/tickets", { customer_id: "c", subject: "s", message: "m" });
      await desk.deliverSent();
      moments.push(await asOf());
      expect(moments.at(-1)).toBe(desk.time.now);
    }
    expect(moments).toEqual(moments.toSorted((one, other) => one - other));
  });

  test("are no numbers in tokens and cursors, nor their lengths, nor whether two tokens are of one moment", async () => {
    const { desk, idle, idleKey, beBusy } = await idleWorkspace();
    const texts = async () => {
      const headers = { Authorization: `Bearer ${idleKey}`, [TOKEN]: "latest" };
      const token = tokenOf(
        await desk.fetch(`/tickets/${crypto.randomUUID()}`, { headers }).then(() => idle.get("/tickets")),
      );
      const { next_cursor } = await answered<{ next_cursor: string }>(await idle.get("/events?limit=1"), 200);
      return [token, next_cursor];
    };
    const [first, second] = [await texts(), await texts()];
    expect(second[0]).not.toBe(first[0]);
    expect(second[1]).toBe(first[1]);
    await beBusy();
    const third = await texts();
    expect(third.map((text) => text?.length)).toEqual(first.map((text) => text?.length));
    for (const text of [...first, ...third])
      expect(atob((text ?? "").replaceAll("-", "+").replaceAll("_", "/"))).not.toMatch(/\d{4}|seq/);
  });
});
