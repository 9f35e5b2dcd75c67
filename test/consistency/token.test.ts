import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { formatToken, parseToken, type Token } from "../../src/projection/consistency/token.ts";
import { SEAL } from "../access.ts";
import { RANDOM } from "../http/problem.ts";
import { ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, service, tableSizes } from "../service.ts";
import { blames, clientOf, inside, TOKEN, tokenOf } from "./client.ts";

beforeEach(emptyTables);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const uuid = (number: number) => `019a1b2c-3d4e-7f60-8a9b-${number.toString(16).padStart(12, "0")}`;

/** A token of so many tickets. */
function tokenFor(count: number, version = 1, others: Partial<Token> = {}): Token {
  const versions = new Map(Array.from({ length: count }, (_, number) => [uuid(number), version]));
  return { bookmark: null, seq: null, versions, ...others };
}

describe("a token comes with", () => {
  const desk = service();
  const { get, post } = clientOf(desk);

  test("every command, also one that changes nothing, and every replay", async () => {
    const created = await post("/tickets", TICKET, { "Idempotency-Key": "create" });
    const { id } = await answered<{ id: string }>(created.clone(), 201);
    expect(inside(created)).toMatchObject({ seq: null, versions: { [id]: 1 }, bookmark: expect.stringMatching(/./) });
    expect(inside(await post("/tickets", TICKET, { "Idempotency-Key": "create" })).versions).toEqual({ [id]: 1 });
    const commands = [
      ["notes", { note: "n" }, 2],
      ["messages", { body: "m", from: "agent" }, 3],
      ["status", { new_status: "pending" }, 4],
      ["status", { new_status: "pending" }, 4],
    ] as const;
    for (const [index, [path, body, version]] of commands.entries()) {
      for (let times = 0; times < 2; times++) {
        const response = await post(`/tickets/${id}/${path}`, body, { "Idempotency-Key": `k${index}` });
        expect(inside(response).versions).toEqual({ [id]: version });
      }
    }
    expect(inside(await post(`/tickets/${id}/status`, { new_status: "pending" })).versions).toEqual({ [id]: 4 });
  });

  test("an import: one number for all its tickets, also when it is replayed", async () => {
    const lines = ["e1", "e2"].map((external_id) => ({ external_id, created_at: 1, ...TICKET }));
    for (const others of [0, 1]) {
      const response = await post("/tickets/import", ndjson(lines), { "Idempotency-Key": "k" });
      expect(inside(response)).toMatchObject({ seq: 2 + others, versions: {} });
      await desk.create();
    }
  });

  test("details, which add their ticket, also as 304", async () => {
    const { id } = await desk.create();
    await desk.command(id, "notes", { note: "n" });
    const details = await get(`/tickets/${id}`);
    expect(inside(details).versions).toEqual({ [id]: 2 });
    const again = await get(`/tickets/${id}`, { "If-None-Match": '"v2"', [TOKEN]: tokenOf(details) });
    expect(again.status).toBe(304);
    expect(inside(again).versions).toEqual({ [id]: 2 });
  });

  test("what came with `latest` but waits for nothing, and it stands for everything recorded until then", async () => {
    const { id } = await desk.create();
    await desk.create();
    expect(inside(await get(`/tickets/${id}`, { [TOKEN]: "latest" }))).toMatchObject({ seq: 2, versions: { [id]: 1 } });
    const created = await post("/tickets", TICKET, { [TOKEN]: "latest" });
    expect(inside(created).seq).toBe(3);
    expect((await clientOf(desk).list(tokenOf(created))).items).toHaveLength(3);
    expect(inside(await get("/tickets", { [TOKEN]: "latest" })).seq).toBeNull();
  });

  test("a list, with nothing in it but where to read on", async () => {
    await desk.create();
    expect(inside(await get("/tickets"))).toEqual({ bookmark: expect.stringMatching(/./), seq: null, versions: {} });
  });
});

describe("a token is refused", () => {
  const desk = service();
  const { get, post } = clientOf(desk);
  // Of every length that base64 treats in its own way.
  const lengths = [5, 55, 555].map((seq) => formatToken(SEAL, tokenFor(2, 3, { bookmark: "0000-1", seq }), 5));
  const [given = ""] = lengths;
  const ALPHABET = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/,."];

  test.each(lengths)("with any one character changed, left out or added: %s", async (given) => {
    expect(parseToken(SEAL, given)).toBeDefined();
    const changed = [...given].flatMap((character, at) =>
      [...ALPHABET, "", `${character}A`, `${character}=`]
        .filter((other) => other !== character)
        .map((other) => given.slice(0, at) + other + given.slice(at + 1)),
    );
    expect(changed.filter((token) => parseToken(SEAL, token) !== undefined)).toEqual([]);
    for (const token of changed.filter((_, index) => index % 199 === 0)) {
      await blames(await get("/tickets", { [TOKEN]: token }), TOKEN);
    }
  });

  test("with any change at all", () => {
    const change = fc.record({ at: fc.nat(given.length), cut: fc.nat(given.length), put: fc.string() });
    const property = fc.property(change, ({ at, cut, put }) => {
      const token = given.slice(0, at) + put + given.slice(at + cut);
      expect(parseToken(SEAL, token) === undefined).toBe(token !== given);
    });
    fc.assert(property, { ...RANDOM, numRuns: 5_000 });
  });

  test.each([
    ["nothing of ours", "nonsense"],
    ["a known word in other case", "Latest"],
    ["a cut token", given.slice(0, -1)],
    ["two tokens in one", given + given],
    ["a quoted token", `"${given}"`],
    ["a good token and a bad one", `${given}, ${given.slice(1)}`],
    ["a cursor", SEAL.seal(["tickets", "updated_at desc", "default", {}], [1, "id"])],
    ["other content in a good seal", SEAL.seal("consistency-token", { bookmark: null })],
    [
      "a ticket that has no such id",
      SEAL.seal("consistency-token", { bookmark: null, seq: null, versions: [["id", 1]] }),
    ],
    ["too many tickets", SEAL.seal("consistency-token", tooMany())],
    ["a version of zero", SEAL.seal("consistency-token", { ...tooMany(), versions: [["0".repeat(32), 0]] })],
    [
      "what a session takes for more than a bookmark",
      SEAL.seal("consistency-token", { bookmark: "first-x", seq: null, versions: [] }),
    ],
    [
      "a bookmark with words in it",
      SEAL.seal("consistency-token", { bookmark: "overloaded", seq: null, versions: [] }),
    ],
    ["no bookmark where one is", SEAL.seal("consistency-token", { bookmark: "", seq: null, versions: [] })],
    ["a broken number", SEAL.seal("consistency-token", { bookmark: null, seq: 1.5, versions: [] })],
  ])("when it is %s", async (_, token) => {
    const { id } = await desk.create();
    const before = await tableSizes();
    for (const path of ["/tickets", `/tickets/${id}`]) await blames(await get(path, { [TOKEN]: token }), TOKEN);
    for (const path of ["/tickets", "/tickets/import", `/tickets/${id}/notes`]) {
      await blames(await post(path, path.endsWith("notes") ? { note: "n" } : TICKET, { [TOKEN]: token }), TOKEN);
    }
    expect(await tableSizes()).toEqual(before);
  });

  function tooMany() {
    const versions = Array.from({ length: 33 }, (_, number) => [number.toString(16).padStart(32, "0"), 1]);
    return { bookmark: null, seq: null, versions };
  }

  test.each(["", " ", ",", " , ,"])("but not when there is none: %j", async (token) => {
    expect((await get("/tickets", { [TOKEN]: token })).status).toBe(200);
  });
});

describe("a token stays under 2 KB", () => {
  const BOOKMARK = "f".repeat(8 + 1 + 8 + 1 + 8 + 1 + 32);

  test("with 32 tickets of 10,000 events, the largest number, and a bookmark as D1 gives it: all are named", () => {
    const token = tokenFor(32, 10_000, { bookmark: BOOKMARK, seq: Number.MAX_SAFE_INTEGER });
    const text = formatToken(SEAL, token, 7);
    expect(text.length).toBeLessThan(2048);
    expect(parseToken(SEAL, text)).toEqual(token);
  });

  test("whatever is in it: it says all, or one number for all", () => {
    const arbitrary = fc.record({
      bookmark: fc.option(fc.oneof(fc.string({ maxLength: 300, unit: "binary" }), fc.constant(BOOKMARK))),
      seq: fc.option(fc.maxSafeNat()),
      versions: fc
        .uniqueArray(fc.tuple(fc.uuid(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), {
          maxLength: 50,
          size: "max",
          selector: ([id]) => id,
        })
        .map((pairs) => new Map(pairs)),
    });
    const property = fc.property(arbitrary, fc.maxSafeNat(), (token, newestSeq) => {
      const text = formatToken(SEAL, token, newestSeq);
      expect(text.length).toBeLessThan(2048);
      expect(text).toMatch(/^[\w=-]+$/);
      const read = parseToken(SEAL, text);
      const isWhole = read?.seq === token.seq && read.versions.size === token.versions.size;
      if (isWhole && read.bookmark === token.bookmark) expect(read).toEqual(token);
      // Without its bookmark, the number sends its reader to the primary.
      else
        expect(read).toEqual({
          bookmark: expect.toBeOneOf([token.bookmark, null]),
          seq: newestSeq,
          versions: new Map(),
        });
    });
    fc.assert(property, { ...RANDOM, numRuns: 1_000, endOnFailure: true });
  });

  test("through every door", async () => {
    const desk = service();
    const { get, post } = clientOf(desk);
    const { id } = await desk.create();
    const largest = tokenFor(32, Number.MAX_SAFE_INTEGER, { bookmark: "f".repeat(200), seq: Number.MAX_SAFE_INTEGER });
    const given = Array.from({ length: 3 }, (_, part) => {
      const versions = new Map([...largest.versions].slice(part * 10, part * 10 + 12));
      return [TOKEN, formatToken(SEAL, { ...largest, versions }, 1)] as const;
    });
    const answers = [
      await post(`/tickets/${id}/status`, { new_status: "open" }, given),
      await post(`/tickets/${id}/notes`, { note: "n" }, given),
      await post("/tickets", TICKET, given),
      await get(`/tickets/${id}`, given),
      await get("/tickets", given),
    ];
    expect(answers.map((answer) => tokenOf(answer).length < 2048)).toEqual(Array(5).fill(true));
  });
});

describe("what a token names and nobody can show is dropped", () => {
  const desk = service();
  const { get } = clientOf(desk);

  test("a version above the source's, and an unknown ticket", async () => {
    const { id } = await desk.create();
    const versions = new Map([
      [id, 2],
      [uuid(1), 1],
    ]);
    const response = await get("/tickets", { [TOKEN]: formatToken(SEAL, { bookmark: null, seq: null, versions }, 1) });
    expect(inside(response).versions).toEqual({});
    const { items, stale } = await answered<{ items: object[]; stale?: string[] }>(response, 200);
    expect(items).toMatchObject([{ id, version: 1 }]);
    expect(stale).toBeUndefined();
  });

  test("a number above the newest event's", async () => {
    const { id } = await desk.create();
    const token = formatToken(SEAL, { bookmark: null, seq: Number.MAX_SAFE_INTEGER, versions: new Map() }, 1);
    const response = await get("/tickets", { [TOKEN]: token });
    expect(inside(response)).toMatchObject({ seq: null, versions: {} });
    expect(await answered(response, 200)).toMatchObject({ items: [{ id, version: 1 }] });
  });

  test("a bookmark that D1 rejects: the primary answers, and the bookmark is forgotten", async () => {
    const { id } = await desk.create();
    const foreign = "ffffffff-ffffffff";
    desk.hooks.before = async (_, start) => {
      if (start === foreign) throw new Error("D1_ERROR: Invalid bookmark");
    };
    for (const versions of [new Map(), new Map([[id, 1]])]) {
      desk.calls.length = 0;
      const token = formatToken(SEAL, { bookmark: foreign, seq: null, versions }, 1);
      const response = await get("/tickets", { [TOKEN]: token });
      expect(response.status).toBe(200);
      expect(desk.calls[0]?.start).toBe("first-primary");
      expect(inside(response).bookmark).not.toBe(foreign);
      desk.calls.length = 0;
      await get("/tickets", { [TOKEN]: tokenOf(response) });
      expect(desk.calls).toMatchObject([{ start: inside(response).bookmark }]);
    }
  });
});
