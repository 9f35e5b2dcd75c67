import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operations } from "../contract.ts";
import { answered, KEY, service } from "../service.ts";
import { root } from "./callers.ts";
import { leaveNoTrace, NOBODY, RANDOM, refused } from "./problem.ts";

const KB = 1024;
const MB = 1024 * KB;
const JSON_TYPE = "application/json";
const NDJSON_TYPE = "application/x-ndjson";

const desk = service();
const { id } = await desk.create();
await desk.deliverSent();
const settled = await leaveNoTrace(desk);

const TICKETS = "/tickets";
const IMPORT = "/tickets/import";
const STATUS = "/tickets/{id}/status";
const NOTES = "/tickets/{id}/notes";
const MESSAGES = "/tickets/{id}/messages";
const ASSIGNEE = "/tickets/{id}/assignee";
const PRIORITY = "/tickets/{id}/priority";
const TAGS = "/tickets/{id}/tags";
const CHANGES = [STATUS, NOTES, MESSAGES, ASSIGNEE, PRIORITY, TAGS];
const COMMANDS = [TICKETS, ...CHANGES];
const VALID: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  [TICKETS]: { customer_id: "cus-1", subject: "A question", message: "How does it work?" },
  [STATUS]: { new_status: "pending" },
  [NOTES]: { note: "Look at the log" },
  [MESSAGES]: { body: "It works like this", from: "agent" },
  [ASSIGNEE]: { assignee_id: "ada" },
  [PRIORITY]: { priority: "high" },
  [TAGS]: { tags: ["billing"] },
};

const at = (path: string, ticket = id) => path.replace("{id}", ticket);
const post = (path: string, body: unknown) =>
  desk.post(at(path), body, path.includes(IMPORT) ? NDJSON_TYPE : JSON_TYPE);

/** Sends a body as it is, with only these headers besides the key. */
function send(path: string, body: BodyInit, headers: Record<string, string>) {
  return desk.fetch(at(path), { method: "POST", headers: { Authorization: `Bearer ${KEY}`, ...headers }, body });
}

/** A body whose length nobody knows before its end. */
function chunked(chunks: number, size: number): ReadableStream {
  let left = chunks;
  return new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(size).fill(0x20)) : controller.close()),
  });
}

function utf8(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

// https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt, White_Space.
const WHITE_SPACE =
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

describe.each([
  { path: TICKETS, field: "customer_id", pointer: "/customer_id", most: 200, unit: "characters" },
  { path: TICKETS, field: "external_id", pointer: "/external_id", most: 200, unit: "characters" },
  { path: TICKETS, field: "subject", pointer: "/subject", most: 500, unit: "characters" },
  { path: TICKETS, field: "message", pointer: "/message", most: 256 * KB, unit: "bytes of UTF-8" },
  { path: TICKETS, field: "tags", pointer: "/tags/1", most: 50, unit: "characters" },
  { path: ASSIGNEE, field: "assignee_id", pointer: "/assignee_id", most: 200, unit: "characters" },
  { path: TAGS, field: "tags", pointer: "/tags/1", most: 50, unit: "characters" },
  { path: NOTES, field: "note", pointer: "/note", most: 256 * KB, unit: "bytes of UTF-8" },
  { path: MESSAGES, field: "body", pointer: "/body", most: 256 * KB, unit: "bytes of UTF-8" },
])("the text $pointer of $path is refused", ({ path, field, pointer, most, unit }) => {
  // JSON.stringify writes NUL as \u0000 and a lone surrogate as \ud800: raw, they are no JSON and no UTF-8.
  const bodyWith = (text: unknown) => ({ ...VALID[path], [field]: field === "tags" ? ["fine", text] : text });

  test.each([
    ["empty", "", "blank"],
    ["white space", WHITE_SPACE, "blank"],
    ["what nobody can see", "\ufeff\u200b\u200c\u200d\u2060\u00ad", "blank"],
    ["NUL", "a\0b", "NUL"],
    ["NUL at the end", "a\0", "NUL"],
    ["a high surrogate alone", "a\ud800b", "surrogate"],
    ["a low surrogate alone", "\udc00", "surrogate"],
    ["surrogates the wrong way round", "\udc00\ud800", "surrogate"],
    ["a number", 4711, "string"],
    ["the largest number", Number.MAX_VALUE, "string"],
    ["true", true, "string"],
    ["an object", { text: "A question" }, "string"],
    ["a list", [["A question"]], "string"],
  ])("for %s", async (_, text, reason) => {
    const { problem, fields } = await refused(post(path, bodyWith(text)), 422, "invalid-body");
    expect(fields).toEqual([pointer]);
    expect(problem.errors?.[0]?.detail).toContain(reason);
  });

  test(`for more than ${most} ${unit}`, async () => {
    // A face is one code point, two UTF-16 units and four bytes.
    const text = unit === "characters" ? "😀".repeat(most + 1) : `a${"😀".repeat(most / 4)}`;
    const { problem, fields } = await refused(post(path, bodyWith(text)), 422, "invalid-body");
    expect(fields).toEqual([pointer]);
    expect(problem.detail).toContain(`${most} ${unit}`);
  });
});

test.each(Array.from(WHITE_SPACE, (space) => space.charCodeAt(0).toString(16)))("U+%s alone is blank", async (code) => {
  const subject = String.fromCharCode(Number.parseInt(code, 16)).repeat(3);
  expect((await refused(post(TICKETS, { ...VALID[TICKETS], subject }), 422, "invalid-body")).fields).toEqual([
    "/subject",
  ]);
});

describe("the fields of a body are refused", () => {
  test.each([
    [TICKETS, { customer_id: undefined }, ["/customer_id"]],
    [TICKETS, { message: undefined, subject: null }, ["/message", "/subject"]],
    [TICKETS, { priority: "highest" }, ["/priority"]],
    [TICKETS, { priority: null }, ["/priority"]],
    [TICKETS, { priority: "Normal" }, ["/priority"]],
    [TICKETS, { tags: "billing" }, ["/tags"]],
    [TICKETS, { tags: null }, ["/tags"]],
    [TICKETS, { tags: { 0: "billing" } }, ["/tags"]],
    [TICKETS, { tags: [1, "fine", null] }, ["/tags/0", "/tags/2"]],
    [TICKETS, { tags: Array.from({ length: 21 }, (_, tag) => `${tag}`) }, ["/tags"]],
    [TICKETS, { follow_up_of: "yesterday" }, ["/follow_up_of"]],
    [TICKETS, { follow_up_of: 7 }, ["/follow_up_of"]],
    [TICKETS, { follow_up_of: `${NOBODY}\0` }, ["/follow_up_of"]],
    [TICKETS, { status: "open", constructor: {}, toString: "x" }, ["/constructor", "/status", "/toString"]],
    [TICKETS, { "a/b~c": 1, "\ud800": 1, "": 1 }, ["/", "/a~1b~0c", "/\ufffd"]],
    [STATUS, { new_status: undefined }, ["/new_status"]],
    [STATUS, { new_status: "reopened" }, ["/new_status"]],
    [STATUS, { new_status: "" }, ["/new_status"]],
    [STATUS, { new_status: ["open"] }, ["/new_status"]],
    [STATUS, { new_status: null, status: "open" }, ["/new_status", "/status"]],
    [NOTES, { note: undefined }, ["/note"]],
    [NOTES, { note: null, agent_id: "agent-1" }, ["/agent_id", "/note"]],
    [MESSAGES, { body: undefined, from: undefined }, ["/body", "/from"]],
    [MESSAGES, { from: "robot" }, ["/from"]],
    [MESSAGES, { from: 1 }, ["/from"]],
    [ASSIGNEE, { assignee_id: undefined }, ["/assignee_id"]],
    [ASSIGNEE, { assignee_id: ["ada"], agent_id: "ada" }, ["/agent_id", "/assignee_id"]],
    [PRIORITY, { priority: undefined }, ["/priority"]],
    [PRIORITY, { priority: null }, ["/priority"]],
    [PRIORITY, { priority: "Urgent" }, ["/priority"]],
    [TAGS, { tags: undefined }, ["/tags"]],
    [TAGS, { tags: null }, ["/tags"]],
    [TAGS, { tags: "billing" }, ["/tags"]],
    [TAGS, { tags: Array.from({ length: 21 }, (_, tag) => `${tag}`) }, ["/tags"]],
  ])("%s with %j", async (path, fields, pointers) => {
    const answer = await refused(post(path, { ...VALID[path], ...fields }), 422, "invalid-body");
    expect(answer.fields).toEqual(pointers);
  });

  test.each(COMMANDS)("%s with __proto__, which is unknown like any other", async (path) => {
    const body = JSON.stringify(VALID[path]).replace("{", '{"__proto__": {"priority": "urgent"}, ');
    expect((await refused(post(path, body), 422, "invalid-body")).fields).toEqual(["/__proto__"]);
  });

  test.each(COMMANDS)("%s where the body is JSON but no object", async (path) => {
    for (const body of ["null", "[]", "[{}]", '"text"', "0", "1e400", "-1e-400", "true", "12345678901234567890"]) {
      expect((await refused(post(path, body), 422, "invalid-body")).fields).toEqual([""]);
    }
  });

  test("without a thousand errors for a thousand fields", async () => {
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field_${index}`, 1]));
    const { fields } = await refused(post(NOTES, { note: "Fine", ...unknown }), 422, "invalid-body");
    expect(fields).toHaveLength(20);
  });

  test("when they are nested as deep as a body allows", async () => {
    const lists = "[".repeat(500_000) + "]".repeat(500_000);
    expect((await refused(post(NOTES, lists), 422, "invalid-body")).fields).toEqual([""]);
    const objects = `{"note": ${'{"a": '.repeat(100_000)}1${"}".repeat(100_000)}}`;
    expect((await refused(post(NOTES, objects), 422, "invalid-body")).fields).toEqual(["/note"]);
  });

  test("when follow_up_of names no ticket", async () => {
    const body = { ...VALID[TICKETS], follow_up_of: NOBODY };
    expect((await refused(post(TICKETS, body), 422, "unknown-follow-up")).fields).toEqual(["/follow_up_of"]);
  });
});

describe("a body that cannot be read is refused", () => {
  test.each([
    ["nothing", ""],
    ["white space", " \n"],
    ["half an object", '{"note": "Look'],
    ["two values", '{"note": "One"} {"note": "Two"}'],
    ["a trailing comma", '{"note": "One",}'],
    ["single quotes", "{'note': 'One'}"],
    ["NaN", '{"note": NaN}'],
    ["a raw NUL", '{"note": "a\0b"}'],
    ["a raw line break", '{"note": "a\nb"}'],
    ["half an escape", '{"note": "\\ud8"}'],
    ["endless nesting", "[".repeat(900_000)],
  ])("as JSON: %s", async (_, body) => {
    for (const path of COMMANDS) await refused(post(path, body), 400, "malformed-body");
  });

  test.each([
    ["a byte that is never part of it", [0xff]],
    ["half a character", [0xe2, 0x82]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a code point beyond the last", [0xf4, 0x90, 0x80, 0x80]],
  ])("as UTF-8: %s", async (_, wrong) => {
    const body = Uint8Array.from([...utf8('{"note": "a'), ...wrong, ...utf8('"}')]);
    await refused(send(NOTES, body, { "Content-Type": JSON_TYPE }), 400, "malformed-body");
    await refused(send(IMPORT, body, { "Content-Type": NDJSON_TYPE }), 400, "malformed-body");
  });

  test("as UTF-8: UTF-16", async () => {
    const body = Uint8Array.from([0xff, 0xfe, ...utf8('{"note": "Fine"}').flatMap((byte) => [byte, 0])]);
    await refused(send(NOTES, body, { "Content-Type": JSON_TYPE }), 400, "malformed-body");
  });

  test.each([...COMMANDS, IMPORT])("as its media type says: %s", async (path) => {
    const type = path === IMPORT ? NDJSON_TYPE : JSON_TYPE;
    const body = Uint8Array.from(utf8(JSON.stringify(VALID[path] ?? {})));
    const wrong: Record<string, string>[] = [
      {},
      { "Content-Type": "" },
      { "Content-Type": "json" },
      { "Content-Type": "text/plain" },
      { "Content-Type": `text/plain; ${type}` },
      { "Content-Type": `${type}, ${type}` },
      { "Content-Type": "application/x-www-form-urlencoded" },
      { "Content-Type": "multipart/form-data; boundary=x" },
      { "Content-Type": "application/problem+json" },
      { "Content-Type": path === IMPORT ? JSON_TYPE : NDJSON_TYPE },
      { "Content-Type": type, "Content-Encoding": "gzip" },
      { "Content-Type": type, "Content-Encoding": "identity, br" },
    ];
    for (const headers of wrong) {
      const { response, problem } = await refused(send(path, body, headers), 415, "unsupported-media-type");
      expect(response.headers.get("Accept-Post")).toContain(type);
      expect(problem.detail).toContain(type);
    }
  });

  test.each([
    ...COMMANDS.map((path) => ({ path, type: JSON_TYPE, most: 1 })),
    { path: IMPORT, type: NDJSON_TYPE, most: 8 },
  ])("when it is larger than $most MB, announced or not: $path", async ({ path, type, most }) => {
    const body = new Uint8Array(most * MB + 1).fill(0x20);
    const announced = { "Content-Type": type, "Content-Length": `${body.length}` };
    await refused(send(path, body, announced), 413, "body-too-large");
    const stream = chunked(most * 16 + 1, MB / 16);
    const { problem } = await refused(send(path, stream, { "Content-Type": type }), 413, "body-too-large");
    expect(problem.detail).toContain(`${most} MB`);
  });

  test("but not for its size when it is just as large as it may be", async () => {
    await refused(send(NOTES, new Uint8Array(MB).fill(0x20), { "Content-Type": JSON_TYPE }), 400, "malformed-body");
    await refused(send(NOTES, chunked(16, MB / 16), { "Content-Type": JSON_TYPE }), 400, "malformed-body");
  });

  test("when it is an import of too many lines", async () => {
    const { problem } = await refused(post(IMPORT, "{}\n".repeat(10_002)), 413, "too-many-lines");
    expect(problem.detail).toContain("10000");
  });
});

test.each([NOBODY, "1", "undefined", `${NOBODY}0`, NOBODY.replace("7", "g"), "%00", "J%C3%BCrgen", "..%2f"])(
  "the id %s is refused by every route of one ticket",
  async (unknown) => {
    for (const path of ["/tickets/{id}", "/tickets/{id}/events"]) {
      const { problem } = await refused(desk.get(at(path, unknown)), 404, "ticket-not-found");
      expect(problem.detail).toBe("Ticket not found");
    }
    for (const path of CHANGES) await refused(desk.post(at(path, unknown), VALID[path]), 404, "ticket-not-found");
  },
);

const WITH_A_PARAMETER = operations.filter(({ path }) => path.includes("{"));

test.each(WITH_A_PARAMETER.map(({ method, path }) => [method, path] as const))(
  "an address that is not valid percent-encoded UTF-8 is refused: %s %s",
  async (method, path) => {
    const [, parameter = ""] = /\{(\w+)\}/.exec(path) ?? [];
    for (const unreadable of ["J%FCrgen", "%ff", "%", "100%", "%ED%A0%80", "%C0%AF", "a%zz", "%e4%b8"]) {
      const answer = root(desk).ask(method, path.replace(`{${parameter}}`, unreadable));
      const { problem, fields } = await refused(answer, 400, "malformed-path");
      expect(fields).toEqual([parameter]);
      expect(problem.detail).toBe(`${parameter}: is not valid percent-encoded UTF-8`);
    }
  },
);

test("an id of a customer that is longer than any stored one is refused", async () => {
  await answered(await root(desk).delete(`/customers/${"c".repeat(200)}`), 200);
  const { problem, fields } = await refused(root(desk).delete(`/customers/${"c".repeat(201)}`), 400, "malformed-path");
  expect(fields).toEqual(["customer_id"]);
  expect(problem.detail).toBe("customer_id: must have at most 200 characters");
});

test("whatever comes as a body is taken or refused, and never our fault", async () => {
  const fields = Object.values(VALID).flatMap(Object.keys);
  const names = fc.constantFrom(...fields, "priority", "tags", "external_id", "follow_up_of", "__proto__", "x");
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const known = fc.constantFrom("open", "resolved", "agent", "customer", "urgent", id, "a\ud800", "\0");
  const objects = fc.dictionary(names, fc.oneof(text, known, fc.array(text), fc.jsonValue()), { maxKeys: 6 });
  const requests = fc.constantFrom(...COMMANDS).chain((path) => {
    const near = objects.map((fields) => JSON.stringify({ ...VALID[path], ...fields }));
    const far = objects.map((fields) => JSON.stringify(fields));
    return fc.tuple(fc.constant(path), fc.oneof(near, far, fc.json(), text));
  });
  const property = fc.asyncProperty(requests, async ([path, body]) => settled(await post(path, body)));
  await fc.assert(property, RANDOM);
});
