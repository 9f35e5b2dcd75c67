import { beforeEach, describe, expect, test } from "vitest";
import { ndjson } from "../oracle/lines.ts";
import { type Accepted, answered, emptyTables, service } from "../service.ts";
import { clientOf, inside, TOKEN, tokenOf } from "./client.ts";

beforeEach(emptyTables);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

/** A session that sends the token of its last answer with each request. */
function session(desk = service()) {
  const { get, post } = clientOf(desk);
  let token = "";
  const kept = async (request: (headers: Record<string, string>) => Promise<Response>) => {
    const response = await request(token === "" ? {} : { [TOKEN]: token });
    expect(response.ok).toBe(true);
    token = tokenOf(response);
    return response;
  };
  return {
    desk,
    create: async () => {
      const response = await kept((headers) => post("/tickets", TICKET, headers));
      return (await answered<Accepted>(response, 201)).id;
    },
    post: (path: string, body: unknown, more: Record<string, string> = {}) =>
      kept((headers) => post(path, body, { ...headers, ...more })),
    get: (path: string) => kept((headers) => get(path, headers)),
    /** The tickets that the session's token names, with their versions. */
    named: () => inside(token).versions,
    seq: () => inside(token).seq,
  };
}

describe("a command's token", () => {
  test("forgets the tickets that the queue has projected by then, and no others", async () => {
    const { desk, create, named } = session();
    const [one, other] = [await create(), await create()];
    await desk.deliver(desk.sent.splice(0, 1));
    const third = await create();
    expect(named()).toEqual({ [other]: 1, [third]: 1 });
    expect(named()).not.toHaveProperty(one);
  });

  test("keeps a ticket of which an older version only is projected", async () => {
    const { desk, create, post, named } = session();
    const one = await create();
    await desk.deliverSent();
    await post(`/tickets/${one}/notes`, { note: "n" });
    const other = await create();
    expect(named()).toEqual({ [one]: 2, [other]: 1 });
  });

  test("never forgets the command's own ticket", async () => {
    const { desk, create, post, named } = session();
    const id = await create();
    await desk.deliverSent();
    await post(`/tickets/${id}/notes`, { note: "n" });
    expect(named()).toEqual({ [id]: 2 });
    // Not even if the queue is as fast as can be.
    desk.hooks.after = async (statements) => {
      if (statements.some((sql) => sql.includes("INSERT INTO ticket_events"))) {
        await service().deliver([{ workspace_id: "default", ticket_id: id, version: 3 }]);
      }
    };
    await post(`/tickets/${id}/notes`, { note: "n" });
    expect(named()).toEqual({ [id]: 3 });
  });

  test("forgets nothing where nothing was written", async () => {
    for (const key of [{}, { "Idempotency-Key": "k" }]) {
      await emptyTables();
      const { desk, create, post, named } = session();
      const [one, other] = [await create(), await create()];
      await desk.deliverSent();
      // Twice: with a key, the second is a replay.
      for (let times = 0; times < 2; times++) {
        await post(`/tickets/${one}/status`, { new_status: "open" }, key);
        expect(named()).toEqual({ [one]: 1, [other]: 1 });
      }
    }
  });

  test("forgets nothing at a replay", async () => {
    const { desk, create, post, named } = session();
    const one = await create();
    const note = () => post(`/tickets/${one}/notes`, { note: "n" }, { "Idempotency-Key": "k" });
    await note();
    const other = await create();
    await desk.deliverSent();
    await note();
    expect(named()).toEqual({ [one]: 2, [other]: 1 });
  });

  test("forgets its number once all up to it is projected", async () => {
    const { desk, create, post, named, seq } = session();
    const lines = ["e1", "e2"].map((external_id) => ({ external_id, created_at: 1, ...TICKET }));
    await post("/tickets/import", ndjson(lines));
    expect(seq()).toBe(2);
    await desk.deliver(desk.sent.splice(0, 1));
    const one = await create();
    expect([seq(), named()]).toEqual([2, { [one]: 1 }]);
    await desk.deliver(desk.sent.splice(0, 1));
    await post(`/tickets/${one}/status`, { new_status: "open" });
    expect(seq()).toBe(2);
    const other = await create();
    expect([seq(), named()]).toEqual([null, { [one]: 1, [other]: 1 }]);
  });
});

test("the token of details forgets nothing", async () => {
  const { desk, create, get, named } = session();
  const [one, other] = [await create(), await create()];
  await desk.deliverSent();
  await get(`/tickets/${one}`);
  expect(named()).toEqual({ [one]: 1, [other]: 1 });
});

test("a list's token forgets what it showed, whoever projected it", async () => {
  const { desk, create, get, named } = session();
  const [one, other] = [await create(), await create()];
  await desk.deliver(desk.sent.splice(0, 1));
  expect(named()).toEqual({ [one]: 1, [other]: 1 });
  await get("/tickets?limit=1&status=closed");
  expect(named()).toEqual({});
});

test("a reader who forgets all of that still never goes back: the bookmark leads on", async () => {
  const { desk, create, post, get } = session();
  const bookmarks: (string | null)[] = [];
  const seen = async (request: Promise<Response>) => bookmarks.push(inside(await request).bookmark);
  const id = await create();
  await seen(get("/tickets"));
  await seen(post(`/tickets/${id}/notes`, { note: "n" }));
  await seen(get(`/tickets/${id}`));
  await seen(get("/tickets"));
  await seen(get("/tickets"));
  expect(bookmarks).toEqual(bookmarks.toSorted());
  expect(desk.calls.at(-1)?.start).toBe(bookmarks.at(-2));
});
