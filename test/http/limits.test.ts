import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { formatKey } from "../../src/keys/key.ts";
import { emptyTables, KEY, service } from "../service.ts";
import { caller, root } from "./callers.ts";
import { refused } from "./problem.ts";

/** A limit that lets so many through for each key, as the platform's does within a period. */
function limitOf(most: number) {
  const counts = new Map<string, number>();
  const limit: RateLimit = {
    limit: async ({ key }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { success: (counts.get(key) ?? 0) <= most };
    },
  };
  return { limit, counts };
}

const unknownKey = (index: number) =>
  formatKey(`019a1b2c-3d4e-7f60-8a9b-${String(index).padStart(12, "0")}`, new Uint8Array(32));

beforeEach(emptyTables);

describe("a key beyond its limit", () => {
  test("is refused with the time to wait, and nobody else is", async () => {
    const { limit, counts } = limitOf(3);
    const desk = service({ access: { requestLimit: limit } });
    const made = await root(service()).makeKey();
    const holder = caller(desk, made.key);
    for (let requests = 0; requests < 3; requests++) expect((await holder.get("/tickets")).status).toBe(200);
    desk.calls.length = 0;
    const { response } = await refused(holder.get("/tickets"), 429, "too-many-requests");
    expect(response.headers.get("Retry-After")).toBe("10");
    expect(desk.calls).toEqual([]);
    expect((await root(desk).get("/tickets")).status).toBe(200);
    expect([...counts.keys()]).toEqual([made.id, "root"]);
  });

  test("may still ask whether the service is up", async () => {
    const desk = service({ access: { requestLimit: limitOf(0).limit } });
    await refused(root(desk).get("/tickets"), 429, "too-many-requests");
    expect((await root(desk).get("/health")).status).toBe(200);
  });

  test("is not counted before it is known to be a key", async () => {
    const { limit, counts } = limitOf(1);
    const desk = service({ access: { requestLimit: limit } });
    for (let tries = 0; tries < 3; tries++) {
      await refused(caller(desk, "wrong").get("/tickets"), 401, "unauthorized");
      await refused(caller(desk, unknownKey(tries)).get("/tickets"), 401, "unauthorized");
    }
    expect(counts.size).toBe(0);
  });
});

describe("who tries keys", () => {
  const from = (address: string) => ({ "CF-Connecting-IP": address });

  test("may make the database look at so many, from one address", async () => {
    const desk = service({ access: { lookupLimit: limitOf(2).limit } });
    const attempt = (index: number, address: string) => caller(desk, unknownKey(index)).get("/tickets", from(address));
    await refused(attempt(1, "192.0.2.1"), 401, "unauthorized");
    await refused(attempt(2, "192.0.2.1"), 401, "unauthorized");
    desk.calls.length = 0;
    const { response } = await refused(attempt(3, "192.0.2.1"), 429, "too-many-requests");
    expect(response.headers.get("Retry-After")).toBe("10");
    expect(desk.calls).toEqual([]);
    await refused(attempt(4, "192.0.2.2"), 401, "unauthorized");
  });

  test("does not lock out those whose keys are known already, nor the root key", async () => {
    const { limit } = limitOf(1);
    const desk = service({ access: { lookupLimit: limit } });
    const { key } = await root(desk).makeKey();
    expect((await caller(desk, key).get("/tickets", from("192.0.2.1"))).status).toBe(200);
    await refused(caller(desk, unknownKey(1)).get("/tickets", from("192.0.2.1")), 429, "too-many-requests");
    expect((await caller(desk, key).get("/tickets", from("192.0.2.1"))).status).toBe(200);
    expect((await caller(desk, KEY).get("/tickets", from("192.0.2.1"))).status).toBe(200);
  });
});

describe("who guesses at the root key", () => {
  const from = (address: string) => ({ "CF-Connecting-IP": address });

  test("may guess so often, from one address; then not even the right key is compared, for a period", async () => {
    const { limit, counts } = limitOf(2);
    const desk = service({ access: { lookupLimit: limit } });
    const guess = (key: string, address = "192.0.2.1") => caller(desk, key).get("/tickets", from(address));
    desk.calls.length = 0;
    for (const key of ["one", "two"]) await refused(guess(key), 401, "unauthorized");
    const { response } = await refused(guess("three"), 429, "too-many-requests");
    expect(response.headers.get("Retry-After")).toBe("10");
    await refused(guess(KEY), 429, "too-many-requests");
    expect(counts.get("192.0.2.1")).toBe(3);
    expect(desk.calls).toEqual([]);
    expect((await guess(KEY, "192.0.2.2")).status).toBe(200);
    desk.time.now += 10_000;
    expect((await guess(KEY)).status).toBe(200);
  });

  test("locks nobody out for longer than a period, on any clock", async () => {
    const desk = service({ access: { lookupLimit: limitOf(0).limit } });
    const guess = (key: string) => caller(desk, key).get("/tickets", from("192.0.2.1"));
    await refused(guess("wrong"), 429, "too-many-requests");
    desk.time.now -= 3_600_000;
    expect((await guess(KEY)).status).toBe(200);
  });

  test("does not lock out those whose keys are known already", async () => {
    const desk = service({ access: { lookupLimit: limitOf(1).limit } });
    const { key } = await root(desk).makeKey();
    const holder = () => caller(desk, key).get("/tickets", from("192.0.2.1"));
    expect((await holder()).status).toBe(200);
    await refused(caller(desk, "wrong").get("/tickets", from("192.0.2.1")), 429, "too-many-requests");
    expect((await holder()).status).toBe(200);
  });

  test("costs nobody a count who has the right key", async () => {
    const { limit, counts } = limitOf(0);
    const desk = service({ access: { lookupLimit: limit } });
    for (let requests = 0; requests < 5; requests++) expect((await root(desk).get("/tickets")).status).toBe(200);
    expect(counts.size).toBe(0);
  });
});

test("a limit that cannot be asked lets through, and the log says so", async () => {
  const limit: RateLimit = { limit: () => Promise.reject(new Error("no answer")) };
  const desk = service({ access: { requestLimit: limit } });
  expect((await root(desk).get("/tickets")).status).toBe(200);
  const fields = expect.objectContaining({ reason: "Error: no answer" });
  expect(desk.log).toContainEqual({ level: "warn", event: "rate_limit.failed", fields });
});

test("the bindings of wrangler.toml do limit", async () => {
  const [limit, lookups] = [env.REQUEST_LIMIT, env.LOOKUP_LIMIT];
  expect(await limit?.limit({ key: "somebody" })).toEqual({ success: true });
  const tries = await Promise.all(Array.from({ length: 150 }, () => lookups?.limit({ key: "192.0.2.9" })));
  expect(tries.filter((one) => one?.success)).toHaveLength(100);
});
