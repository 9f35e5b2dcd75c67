import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { formatKey } from "../../src/keys/key.ts";
import { Database } from "../../src/platform/database.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { caller, type NewKey, root } from "./callers.ts";
import { refused } from "./problem.ts";

const SECOND = 1_000;
const FORM = /^edk_[0-9a-f]{104}$/;

beforeEach(emptyTables);

/** A service with a key in it, and who has the key. */
async function deskWith(fields: Record<string, unknown> = {}) {
  const desk = service();
  const made = await root(desk).makeKey(fields);
  return { desk, made, holder: caller(desk, made.key), operator: root(desk) };
}

interface Shown extends NewKey {
  readonly revoked_at: string | null;
}

async function keysOf(asker: ReturnType<typeof caller>, query = "") {
  return await answered<{ items: Shown[]; next_cursor: string | null }>(await asker.get(`/keys${query}`), 200);
}

describe("a new key", () => {
  test("opens the workspace that it was made for, in the name of its agent", async () => {
    const { desk, holder } = await deskWith({ workspace_id: "acme", agent_id: "ada" });
    const ticket = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
    const { id } = await answered<{ id: string }>(await holder.post("/tickets", ticket), 201);
    await desk.deliverSent();
    const { items } = await answered<{ items: { agent_id: string }[] }>(await holder.get(`/tickets/${id}/events`), 200);
    expect(items.map(({ agent_id }) => agent_id)).toEqual(["ada"]);
    expect(await answered(await holder.get("/tickets"), 200)).toMatchObject({ items: [{ id }] });
    expect((await desk.list()).items).toEqual([]);
  });

  test("is shown once, with all that was asked for", async () => {
    const expires_at = "2027-01-01T00:00:00.000Z";
    const wish = { name: "The shop", role: "admin", agent_id: "ada", workspace_id: "acme", expires_at };
    const { made, operator } = await deskWith(wish);
    const shown = { ...wish, id: made.id, created_by: null, created_at: "2026-11-23T08:00:00.000Z", revoked_at: null };
    expect(made).toEqual({ ...shown, key: expect.stringMatching(FORM) });
    expect((await keysOf(operator)).items).toEqual([shown]);
  });

  test("is in no table: only its digest is", async () => {
    const { made } = await deskWith();
    const { results } = await env.DB.prepare("SELECT * FROM api_keys").all();
    const kept = JSON.stringify(results);
    expect(kept).toContain(made.id);
    expect(kept).not.toContain(made.key.slice(36));
    expect(kept).not.toContain(made.key.slice(36, 100));
  });

  test("is never the same as another", async () => {
    const { made, operator } = await deskWith();
    const other = await operator.makeKey();
    expect(other.id).not.toBe(made.id);
    expect(other.key.slice(36, 100)).not.toBe(made.key.slice(36, 100));
  });

  test.each([
    [{ role: "root" }, "/role"],
    [{ role: undefined }, "/role"],
    [{ name: "" }, "/name"],
    [{ name: "x".repeat(101) }, "/name"],
    [{ workspace_id: "" }, "/workspace_id"],
    [{ workspace_id: "Acme" }, "/workspace_id"],
    [{ workspace_id: "a/b" }, "/workspace_id"],
    [{ workspace_id: "x".repeat(64) }, "/workspace_id"],
    [{ agent_id: "" }, "/agent_id"],
    [{ expires_at: "tomorrow" }, "/expires_at"],
    [{ expires_at: "2026-11-23T07:59:59Z" }, "/expires_at"],
    [{ expires_at: "9999-12-31T23:59:59.999-00:01" }, "/expires_at"],
    [{ key: "edk_mine" }, "/key"],
  ])("is not made of %o", async (fields, pointer) => {
    const desk = service();
    const answer = root(desk).post("/keys", { name: "a test", role: "agent", ...fields });
    const response = await answer;
    expect(response.status).toBe(422);
    const { errors } = await response.json<{ errors: { pointer: string }[] }>();
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect((await keysOf(root(desk))).items).toEqual([]);
  });

  test("is made once for an Idempotency-Key; a repeat shows which, but not its text", async () => {
    const desk = service();
    const ask = () => root(desk).post("/keys", { name: "a", role: "agent" }, { "Idempotency-Key": "once" });
    const first = await answered<NewKey>(await ask(), 201);
    const again = await ask();
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await answered(again, 201)).toEqual({ ...first, key: null });
    expect((await keysOf(root(desk))).items).toHaveLength(1);
    const other = root(desk).post("/keys", { name: "b", role: "agent" }, { "Idempotency-Key": "once" });
    await refused(other, 422, "idempotency-key-reused");
  });

  test("is made once by two requests at once with one Idempotency-Key", async () => {
    const desk = service();
    const ask = () => root(desk).post("/keys", { name: "a", role: "agent" }, { "Idempotency-Key": "once" });
    const made = await Promise.all((await Promise.all([ask(), ask()])).map((answer) => answered<NewKey>(answer, 201)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ key }) => key !== null)).toHaveLength(1);
  });
});

describe("the list of keys", () => {
  test("has all for the root key, or those of one workspace, page by page, the newest first", async () => {
    const desk = service();
    const ids: string[] = [];
    for (const workspace_id of ["acme", "bolt", "acme", "default", "acme"]) {
      desk.time.now += SECOND;
      ids.unshift((await root(desk).makeKey({ workspace_id })).id);
    }
    const first = await keysOf(root(desk), "?limit=3");
    const second = await keysOf(root(desk), `?limit=3&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    const acme = await keysOf(root(desk), "?workspace_id=acme");
    expect(acme.items.map(({ workspace_id }) => workspace_id)).toEqual(["acme", "acme", "acme"]);
    await refused(root(desk).get(`/keys?workspace_id=acme&cursor=${first.next_cursor}`), 400, "invalid-cursor");
  });

  test("has those of an admin's own workspace, and nothing of others", async () => {
    const { desk, operator, holder } = await deskWith({ workspace_id: "acme", role: "admin" });
    await operator.makeKey({ workspace_id: "bolt" });
    const own = await holder.makeKey();
    expect(own).toMatchObject({ workspace_id: "acme" });
    expect((await keysOf(holder)).items.map(({ workspace_id }) => workspace_id)).toEqual(["acme", "acme"]);
    expect((await keysOf(holder, "?workspace_id=acme")).items).toHaveLength(2);
    await refused(holder.get("/keys?workspace_id=bolt"), 403, "other-workspace");
    await refused(holder.post("/keys", { name: "a", role: "agent", workspace_id: "bolt" }), 403, "other-workspace");
    expect((await keysOf(root(desk), "?workspace_id=bolt")).items).toHaveLength(1);
  });
});

describe("a revoked key", () => {
  test("opens nothing at once here, and elsewhere after 30 seconds at the latest", async () => {
    const { desk, made, holder, operator } = await deskWith();
    const elsewhere = service();
    const distant = caller(elsewhere, made.key);
    expect((await holder.get("/tickets")).status).toBe(200);
    expect((await distant.get("/tickets")).status).toBe(200);
    elsewhere.time.now += 10 * SECOND;
    expect((await operator.delete(`/keys/${made.id}`)).status).toBe(204);
    const { problem } = await refused(holder.get("/tickets"), 401, "unauthorized");
    expect(problem.detail).toBe("The key has been revoked");
    elsewhere.time.now += 19 * SECOND;
    expect((await distant.get("/tickets")).status).toBe(200);
    elsewhere.time.now += SECOND;
    await refused(distant.get("/tickets"), 401, "unauthorized");
    expect(desk.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is not kept alive by a clock that jumps back, nor by being used all the time", async () => {
    const { made } = await deskWith();
    const elsewhere = service();
    const distant = caller(elsewhere, made.key);
    elsewhere.time.now += 60 * SECOND;
    await distant.get("/tickets");
    await root(service()).delete(`/keys/${made.id}`);
    elsewhere.time.now -= 50 * SECOND;
    await refused(distant.get("/tickets"), 401, "unauthorized");
  });

  test("stays in the list, with the time of its first revocation", async () => {
    const { desk, made, operator } = await deskWith();
    await operator.delete(`/keys/${made.id}`);
    const { items } = await keysOf(operator);
    expect(items).toMatchObject([{ id: made.id, revoked_at: "2026-11-23T08:00:00.000Z" }]);
    desk.time.now += SECOND;
    expect((await operator.delete(`/keys/${made.id}`)).status).toBe(204);
    expect((await keysOf(operator)).items).toEqual(items);
  });

  test("can be revoked by an admin of its workspace, itself included, and by no other's", async () => {
    const { operator, holder, made } = await deskWith({ workspace_id: "acme", role: "admin" });
    const foreign = await operator.makeKey({ workspace_id: "bolt" });
    const own = await holder.makeKey();
    expect((await holder.delete(`/keys/${own.id}`)).status).toBe(204);
    const { problem } = await refused(holder.delete(`/keys/${foreign.id}`), 404, "key-not-found");
    const unknown = await refused(holder.delete("/keys/019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"), 404, "key-not-found");
    const malformed = await refused(holder.delete("/keys/x"), 404, "key-not-found");
    for (const other of [unknown, malformed]) {
      expect({ ...other.problem, instance: "" }).toEqual({ ...problem, instance: "" });
    }
    expect((await keysOf(operator, "?workspace_id=bolt")).items).toMatchObject([{ revoked_at: null }]);
    expect((await holder.delete(`/keys/${made.id}`)).status).toBe(204);
    await refused(holder.get("/tickets"), 401, "unauthorized");
  });
});

test("an expired key opens nothing from that moment on, also where it is remembered", async () => {
  const { desk, holder } = await deskWith({ expires_at: "2026-11-23T09:00:10+01:00" });
  desk.time.now += 9.999 * SECOND;
  expect((await holder.get("/tickets")).status).toBe(200);
  desk.time.now += 1;
  const { problem } = await refused(holder.get("/tickets"), 401, "unauthorized");
  expect(problem.detail).toBe("The key has expired");
});

describe("what is asked of the database about a key", () => {
  test("is one call on the primary at its first use, and none for 30 seconds", async () => {
    const { desk, holder } = await deskWith();
    desk.calls.length = 0;
    await holder.get("/tickets");
    expect(desk.calls.map(({ start, rows_read }) => ({ start, rows_read }))).toEqual([
      // The key, and the sealing key.
      { start: "first-primary", rows_read: 2 },
      { start: "first-unconstrained", rows_read: 1 },
    ]);
    desk.calls.length = 0;
    for (let seconds = 0; seconds < 29; seconds++) {
      desk.time.now += SECOND;
      await holder.get("/tickets");
    }
    expect(desk.calls).toHaveLength(29);
    desk.time.now += SECOND;
    await holder.get("/tickets");
    expect(desk.calls).toHaveLength(31);
  });

  test("is nothing for the root key, and for what is cut, mistyped or no key at all", async () => {
    const { desk, made, operator } = await deskWith();
    desk.calls.length = 0;
    await operator.get("/health");
    const { problem } = await refused(caller(desk, made.key.slice(0, -1)).get("/tickets"), 401, "unauthorized");
    expect(problem.detail).toContain("damaged");
    const typo = made.key.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    await refused(caller(desk, typo).get("/tickets"), 401, "unauthorized");
    const other = await refused(caller(desk, "something").get("/tickets"), 401, "unauthorized");
    expect(other.problem.detail).toBe("This is not a valid key: keys start with edk_");
    expect(desk.calls).toEqual([]);
  });

  test("tells who has the wrong secret for a key no more than who has no key", async () => {
    const { desk, made, operator } = await deskWith();
    const forged = caller(desk, formatKey(made.id, new Uint8Array(32)));
    const unknown = caller(desk, formatKey("019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b", new Uint8Array(32)));
    const details = async () => {
      const answers = [await refused(forged.get("/tickets"), 401, "unauthorized")];
      answers.push(await refused(unknown.get("/tickets"), 401, "unauthorized"));
      return answers.map(({ problem }) => problem.detail);
    };
    expect(await details()).toEqual(["The key is unknown", "The key is unknown"]);
    await operator.delete(`/keys/${made.id}`);
    expect(await details()).toEqual(["The key is unknown", "The key is unknown"]);
  });

  test("does not make the Worker remember more than 10,000 keys", async () => {
    const desk = service();
    const known = new Map();
    const small = service({ access: { keyRing: { database: new Database(env.DB), known, sealing: {} } } });
    const { key } = await root(desk).makeKey();
    await caller(small, key).get("/tickets");
    const [entry] = known.values();
    for (let filler = 0; filler < 9_999; filler++) known.set(`filler-${filler}`, entry);
    const { key: another } = await root(desk).makeKey();
    await caller(small, another).get("/tickets");
    expect(known.size).toBe(10_000);
    expect([...known.keys()].slice(-1)).not.toEqual(["filler-9998"]);
    expect([...known.keys()][0]).toBe("filler-0");
  });
});

test("where the database does not answer, a key is not refused: the caller is asked to come again", async () => {
  const { desk, holder } = await deskWith();
  desk.hooks.before = async () => {
    throw new Error("D1_ERROR: Network connection lost.");
  };
  const { response } = await refused(holder.get("/tickets"), 503, "temporarily-unavailable");
  expect(response.headers.get("Retry-After")).toMatch(/^[0-9]+$/);
  expect((await caller(desk, KEY).get("/health")).status).toBe(200);
});
