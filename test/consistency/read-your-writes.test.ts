import { beforeEach, describe, expect, test } from "vitest";
import { ndjson } from "../oracle/lines.ts";
import { type Accepted, answered, emptyTables, service, tableSizes, WRITES_ROWS } from "../service.ts";
import { clientOf, type Desk, inside, TOKEN, tokenOf } from "./client.ts";

beforeEach(emptyTables);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

/** Creates tickets one after another, each with the token of the one before; none is projected. */
async function createInOneSession(desk: Desk, count: number) {
  const ids: string[] = [];
  let token = "";
  for (let created = 0; created < count; created++) {
    const response = await clientOf(desk).post("/tickets", TICKET, token === "" ? {} : { [TOKEN]: token });
    token = tokenOf(response);
    ids.push((await answered<Accepted>(response, 201)).id);
  }
  return { ids, token };
}

/** How many D1 calls a piece of work takes. */
async function callsOf(desk: Desk, work: () => Promise<unknown>): Promise<number> {
  desk.calls.length = 0;
  await work();
  return desk.calls.length;
}

describe("a list with the token of a command shows what it wrote, though the queue has delivered nothing", () => {
  test.each([
    ["a status", "status", { new_status: "pending" }, { status: "pending", version: 2 }],
    ["a note", "notes", { note: "n" }, { has_note: true, version: 2 }],
    ["a message", "messages", { body: "Here it is", from: "agent" }, { preview: "Here it is", version: 2 }],
    ["nothing new", "status", { new_status: "open" }, { status: "open", version: 1 }],
  ])("%s", async (_, path, body, shown) => {
    const desk = service();
    const { post, get, list } = clientOf(desk);
    const { id } = await desk.create();
    expect((await desk.list()).items).toEqual([]);
    const token = tokenOf(await post(`/tickets/${id}/${path}`, body, { "Idempotency-Key": "k" }));

    const response = await get("/tickets", { [TOKEN]: token });
    expect(desk.calls.slice(-3).map(({ start }) => start?.startsWith("first-primary"))).toEqual([false, true, true]);
    // Its bookmark is that of the call that made the page, not of the first look.
    const bookmarks = desk.calls.slice(-3).map(({ bookmark }) => bookmark);
    expect(inside(response).bookmark).toBe(bookmarks[2]);
    expect(bookmarks[0]).not.toBe(bookmarks[2]);
    expect(await answered(response, 200)).toMatchObject({ items: [{ id, ...shown }] });
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });

    // Now that it is there, it costs nothing: neither for that token, nor for what the replay and the list gave.
    const replay = await post(`/tickets/${id}/${path}`, body, { "Idempotency-Key": "k" });
    for (const again of [token, tokenOf(replay), tokenOf(response)]) {
      expect(await callsOf(desk, () => list(again))).toBe(1);
    }
  });

  test("a create, in three calls; in one once the queue has projected it", async () => {
    const desk = service();
    const { list } = clientOf(desk);
    const one = await createInOneSession(desk, 1);
    expect(await callsOf(desk, () => list(one.token))).toBe(3);
    const other = await createInOneSession(desk, 1);
    await desk.deliverSent();
    expect(await callsOf(desk, () => list(other.token))).toBe(1);
    expect((await list(other.token)).items.map(({ id }) => id).toSorted()).toEqual(
      [...one.ids, ...other.ids].toSorted(),
    );
  });

  test("an import of 250 tickets", async () => {
    const desk = service();
    const { get, post, list } = clientOf(desk);
    const lines = Array.from({ length: 250 }, (_, index) => ({
      external_id: `e${index}`,
      created_at: index,
      ...TICKET,
    }));
    const token = tokenOf(await post("/tickets/import", ndjson(lines), { "Idempotency-Key": "k" }));
    const replay = tokenOf(await post("/tickets/import", ndjson(lines), { "Idempotency-Key": "k" }));
    expect(inside(replay).seq).toBe(250);
    const response = await get("/tickets?limit=100", { [TOKEN]: token });
    expect(inside(response)).toMatchObject({ seq: null, versions: {} });
    const { items } = await answered<{ items: Accepted[] }>(response, 200);
    expect(items).toHaveLength(100);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0, read_tickets: 250 });
    expect(await callsOf(desk, () => list(replay))).toBe(1);
  });

  test("filters, orders and pages of the list are as ever", async () => {
    const desk = service();
    const { list } = clientOf(desk);
    const { ids, token } = await createInOneSession(desk, 3);
    const page = await list(token, "?limit=2&status=open&status=pending");
    const rest = await list(token, `?limit=2&status=open&status=pending&cursor=${page.next_cursor}`);
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed());
  });
});

describe("one token", () => {
  test("names the tickets of a whole session, each at its version", async () => {
    const desk = service();
    const { post, list } = clientOf(desk);
    const { ids, token } = await createInOneSession(desk, 3);
    const last = tokenOf(await post(`/tickets/${ids[1]}/notes`, { note: "n" }, { [TOKEN]: token }));
    expect(inside(last)).toMatchObject({
      seq: null,
      versions: { [ids[0] ?? ""]: 1, [ids[1] ?? ""]: 2, [ids[2] ?? ""]: 1 },
    });
    const { items } = await list(last);
    expect(new Map(items.map(({ id, version }) => [id, version]))).toEqual(
      new Map(ids.map((id, at) => [id, at === 1 ? 2 : 1])),
    );
  });

  test("names 32 tickets; for 33 it has one number, and the list shows all of them", async () => {
    for (const [count, seq] of [
      [32, null],
      [33, 33],
      [40, 33],
    ] as const) {
      await emptyTables();
      const desk = service();
      const { ids, token } = await createInOneSession(desk, count);
      expect(inside(token)).toMatchObject({ seq });
      expect(Object.keys(inside(token).versions)).toHaveLength(seq === null ? count : count - seq);
      // Another's ticket, after it, is not waited for.
      await desk.create();
      const { items } = await clientOf(desk).list(token, "?limit=100");
      expect(items.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    }
  });

  test("of details: a list after them never shows an older version", async () => {
    const desk = service();
    const { get, list } = clientOf(desk);
    const { id } = await desk.create();
    await desk.deliverSent();
    await desk.command(id, "notes", { note: "Another reader's" });
    expect((await desk.list()).items).toMatchObject([{ id, version: 1 }]);
    const details = await get(`/tickets/${id}`);
    expect((await list(tokenOf(details))).items).toMatchObject([{ id, version: 2, has_note: true }]);
  });
});

describe("several tokens", () => {
  const given = async (desk: Desk) => {
    const one = await createInOneSession(desk, 2);
    const other = await createInOneSession(desk, 1);
    const [id = ""] = one.ids;
    const newer = tokenOf(await clientOf(desk).post(`/tickets/${id}/notes`, { note: "n" }));
    const versions = { [id]: 2, [one.ids[1] ?? ""]: 1, [other.ids[0] ?? ""]: 1 };
    return { tokens: [newer, one.token, other.token, one.token], versions };
  };

  test.each([
    ["in one header", (tokens: readonly string[]) => [[TOKEN, tokens.join(", ")] as const]],
    ["in one header without spaces", (tokens: readonly string[]) => [[TOKEN, `,${tokens.join(",")},`] as const]],
    ["in several header lines", (tokens: readonly string[]) => tokens.map((token) => [TOKEN, token] as const)],
    [
      "in both",
      ([one = "", ...others]: readonly string[]) => [[TOKEN, one] as const, [TOKEN, others.join(",")] as const],
    ],
  ])("%s are merged: the highest version of each ticket, the largest bookmark", async (_, write) => {
    const desk = service();
    const { get, post } = clientOf(desk);
    const { tokens, versions } = await given(desk);
    const newest =
      tokens
        .map((token) => inside(token).bookmark ?? "")
        .toSorted()
        .at(-1) ?? "";
    for (const order of [tokens, tokens.toReversed()]) {
      const { id } = await desk.create();
      const details = await get(`/tickets/${id}`, write(order));
      expect(inside(details).versions).toEqual({ ...versions, [id]: 1 });
      const command = await post(`/tickets/${id}/notes`, { note: "n" }, write(order));
      expect(inside(command).versions).toEqual({ ...versions, [id]: 2 });
      const newest =
        tokens
          .map((token) => inside(token).bookmark ?? "")
          .toSorted()
          .at(-1) ?? "";
      expect(String(inside(command).bookmark) > newest).toBe(true);
    }
    desk.calls.length = 0;
    const { items } = await answered<{ items: Accepted[] }>(await get("/tickets", write(tokens)), 200);
    expect(desk.calls[0]?.start).toBe(newest);
    expect(Object.fromEntries(items.map(({ id, version }) => [id, version]))).toEqual(versions);
  });
});

describe("latest", () => {
  test("shows everything recorded so far, whoever recorded it", async () => {
    const desk = service();
    const { get, list } = clientOf(desk);
    const { id } = await desk.create();
    await desk.command(id, "notes", { note: "n" });
    await desk.create();
    desk.calls.length = 0;
    const response = await get("/tickets", { [TOKEN]: "latest" });
    expect(desk.calls.map(({ start }) => start)).toEqual(["first-primary", "first-primary", "first-primary"]);
    expect(inside(response)).toMatchObject({ seq: null, versions: {} });
    expect(await answered(response, 200)).toMatchObject({ items: [{ version: 1 }, { id, version: 2 }] });
    expect(await callsOf(desk, () => list("latest"))).toBe(1);
  });

  test("means what was recorded when it was asked for", async () => {
    const desk = service();
    const { id } = await desk.create();
    // While the list catches up, others keep writing.
    const rival = service();
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes(WRITES_ROWS)) await rival.create();
    };
    expect((await clientOf(desk).list("latest")).items.map((item) => item.id)).toEqual([id]);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 1 });
  });

  test("goes together with a token", async () => {
    const desk = service();
    const { token } = await createInOneSession(desk, 1);
    await desk.create();
    expect((await clientOf(desk).list([token, "latest"])).items).toHaveLength(2);
    await desk.create();
    expect((await clientOf(desk).list(`latest, ${token}`)).items).toHaveLength(3);
  });
});

test("a list shows what its token names at the version of now, or a later one", async () => {
  const desk = service();
  const { list } = clientOf(desk);
  const { ids, token } = await createInOneSession(desk, 1);
  const [id = ""] = ids;
  await desk.command(id, "notes", { note: "later" });
  expect((await list(token)).items).toMatchObject([{ id, version: 2 }]);
  await desk.command(id, "notes", { note: "later still" });
  // The row shows more than the token asks for: there is nothing to wait for.
  expect(await callsOf(desk, () => list(token))).toBe(1);
});

test("a change between the two calls that catch up is not taken for projected", async () => {
  const desk = service();
  const { get, list } = clientOf(desk);
  const { ids, token } = await createInOneSession(desk, 1);
  const [id = ""] = ids;
  const rival = service();
  desk.hooks.before = async ([sql]) => {
    if (sql?.includes(WRITES_ROWS)) await rival.command(id, "notes", { note: "meanwhile" });
  };
  expect(await answered(await get("/tickets", { [TOKEN]: token }), 200)).toMatchObject({ items: [{ id, version: 1 }] });
  desk.hooks.before = async () => {};
  expect(await tableSizes()).toMatchObject({ projection_backlog: 1 });
  expect((await list("latest")).items).toMatchObject([{ id, version: 2 }]);
});
