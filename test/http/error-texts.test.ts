import { describe, expect, test } from "vitest";
import { answered, KEY, service } from "../service.ts";
import { leaveNoTrace, NOBODY, refused } from "./problem.ts";

// What clients read most often. Each row is a wrong request and its exact answer.

const desk = service();
const { id } = await desk.create();
await desk.deliverSent();
await leaveNoTrace(desk);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const PRIORITIES = "must be one of low, normal, high, urgent";
const STATUSES = "must be one of open, pending, resolved, closed";
const A_UUID = "must be a UUID, such as 019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b";
const A_TIME = "must be an RFC 3339 timestamp, such as 2026-11-23T08:00:00Z";

const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  desk.fetch(path.replace("{id}", id), {
    method,
    headers: { Authorization: `Bearer ${KEY}`, ...headers },
    ...(body !== undefined && { body }),
  });

describe("the fields of a body", () => {
  const TICKETS = "/tickets";
  const STATUS = "/tickets/{id}/status";
  const NOTES = "/tickets/{id}/notes";
  const MESSAGES = "/tickets/{id}/messages";
  const TAGS = "/tickets/{id}/tags";
  const BULK = "/tickets/bulk";
  const KEYS = "/keys";
  const set = { type: "SetPriority", priority: "high" };

  const rows: [path: string, body: unknown, pointer: string, detail: string][] = [
    [TICKETS, { ...TICKET, message: undefined }, "/message", "is required"],
    [NOTES, {}, "/note", "is required"],
    [STATUS, {}, "/new_status", "is required"],
    [MESSAGES, { body: "Hello" }, "/from", "is required"],
    [TAGS, {}, "/tags", "is required"],
    [BULK, { command: set }, "/ids", "is required"],
    [BULK, { ids: [NOBODY] }, "/command", "is required"],
    [BULK, { ids: [NOBODY], command: {} }, "/command/type", "is required"],
    [TICKETS, { ...TICKET, subject: 4711 }, "/subject", "must be a string, not a number"],
    [TICKETS, { ...TICKET, subject: null }, "/subject", "must be a string, not null"],
    [TICKETS, { ...TICKET, subject: true }, "/subject", "must be a string, not a boolean"],
    [TICKETS, { ...TICKET, subject: ["A question"] }, "/subject", "must be a string, not an array"],
    [TICKETS, { ...TICKET, subject: { text: "A question" } }, "/subject", "must be a string, not an object"],
    [TICKETS, { ...TICKET, subject: " " }, "/subject", "must not be blank"],
    [TICKETS, { ...TICKET, subject: "a\0b" }, "/subject", "must not contain NUL (U+0000)"],
    [TICKETS, { ...TICKET, subject: "\ud800" }, "/subject", "must not contain a lone surrogate"],
    [TICKETS, { ...TICKET, subject: "x".repeat(501) }, "/subject", "must not be longer than 500 characters"],
    [NOTES, { note: "x".repeat(262_145) }, "/note", "must not be longer than 262144 bytes of UTF-8"],
    [TICKETS, { ...TICKET, priority: "highest" }, "/priority", PRIORITIES],
    [TICKETS, { ...TICKET, priority: null }, "/priority", PRIORITIES],
    [TICKETS, { ...TICKET, priority: 1 }, "/priority", PRIORITIES],
    [STATUS, { new_status: "reopened" }, "/new_status", STATUSES],
    [MESSAGES, { body: "Hello", from: "robot" }, "/from", "must be customer or agent"],
    [TICKETS, { ...TICKET, tags: "billing" }, "/tags", "must be an array, not a string"],
    [TICKETS, { ...TICKET, tags: ["fine", 7] }, "/tags/1", "must be a string, not a number"],
    [TAGS, { tags: Array.from({ length: 21 }, (_, tag) => `${tag}`) }, "/tags", "must have at most 20 items"],
    [TAGS, { tags: ["x".repeat(51)] }, "/tags/0", "must not be longer than 50 characters"],
    [TICKETS, { ...TICKET, follow_up_of: "yesterday" }, "/follow_up_of", A_UUID],
    [TICKETS, { ...TICKET, follow_up_of: 7 }, "/follow_up_of", "must be a string, not a number"],
    [BULK, { ids: [], command: set }, "/ids", "must have at least 1 item"],
    [BULK, { ids: Array.from({ length: 101 }, () => NOBODY), command: set }, "/ids", "must have at most 100 items"],
    [BULK, { ids: [NOBODY, NOBODY], command: set }, "/ids", "must not contain duplicates"],
    [BULK, { ids: ["4711"], command: set }, "/ids/0", A_UUID],
    [BULK, { ids: [NOBODY], command: "SetPriority" }, "/command", "must be a JSON object, not a string"],
    [
      BULK,
      { ids: [NOBODY], command: { type: "Close" } },
      "/command/type",
      "must be one of UpdateStatus, AddAgentNote, AddMessage, AssignTicket, SetPriority, SetTags",
    ],
    [BULK, { ids: [NOBODY], command: { type: "SetPriority", priority: 1 } }, "/command/priority", PRIORITIES],
    [STATUS, { new_status: "open", status: "open" }, "/status", "unknown field"],
    [TICKETS, { ...TICKET, Priority: "low" }, "/Priority", "unknown field (did you mean priority?)"],
    [TICKETS, { ...TICKET, tag: ["billing"] }, "/tag", "unknown field (did you mean tags?)"],
    [TICKETS, { ...TICKET, externalId: "crm-1" }, "/externalId", "unknown field (did you mean external_id?)"],
    [TICKETS, { ...TICKET, colour: "red" }, "/colour", "unknown field"],
    [TICKETS, { ...TICKET, [`x${"y".repeat(99)}`]: 1 }, `/x${"y".repeat(63)}…`, "unknown field"],
    [KEYS, { name: "A key", role: "root" }, "/role", "must be agent or admin"],
    [KEYS, { name: "A key", role: "agent", expires_at: "tomorrow" }, "/expires_at", A_TIME],
    [
      KEYS,
      { name: "A key", role: "agent", expires_at: 1_763_802_000 },
      "/expires_at",
      "must be a string, not a number",
    ],
  ];
  test.each(rows.map(([path, body, pointer, detail]) => ({ path, text: JSON.stringify(body), pointer, detail })))(
    "$path with $text",
    async ({ path, text, pointer, detail }) => {
      const answer = send("POST", path, { "Content-Type": "application/json" }, text);
      const { problem } = await refused(answer, 422, "invalid-body");
      expect(problem.errors).toEqual([{ detail, pointer }]);
      expect(problem.detail).toBe(`${pointer}: ${detail}`);
    },
  );

  test("each of several errors", async () => {
    const body = JSON.stringify({ status: "open", colour: "red" });
    const { problem } = await refused(
      send("POST", STATUS, { "Content-Type": "application/json" }, body),
      422,
      "invalid-body",
    );
    expect(problem.detail).toBe(
      "/new_status: is required; /status: unknown field (did you mean new_status?); /colour: unknown field",
    );
  });

  test.each([
    ["[]", "an array"],
    ['"note"', "a string"],
    ["17", "a number"],
    ["true", "a boolean"],
    ["null", "null"],
  ])("of none in %s", async (body, given) => {
    const answer = send("POST", NOTES, { "Content-Type": "application/json" }, body);
    const { problem } = await refused(answer, 422, "invalid-body");
    const detail = `must be a JSON object, not ${given}`;
    expect(problem).toMatchObject({ detail: `The body ${detail}`, errors: [{ detail, pointer: "" }] });
  });
});

describe("a body that cannot be read", () => {
  const JSON_TYPE = { "Content-Type": "application/json" };

  test.each<[string, Record<string, string>, number, string, string]>([
    ["", JSON_TYPE, 400, "malformed-body", "The body is empty"],
    [" \n", JSON_TYPE, 400, "malformed-body", "The body is empty"],
    ["{", JSON_TYPE, 400, "malformed-body", "The body is not valid JSON"],
    ["{}", {}, 415, "unsupported-media-type", "Send Content-Type: application/json (got text/plain)"],
    ["{}", { "Content-Type": "" }, 415, "unsupported-media-type", "Send Content-Type: application/json (got none)"],
    [
      "note=Hello",
      { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" },
      415,
      "unsupported-media-type",
      "Send Content-Type: application/json (got application/x-www-form-urlencoded)",
    ],
    [
      "{}",
      { "Content-Type": `text/${"x".repeat(100)}` },
      415,
      "unsupported-media-type",
      "Send Content-Type: application/json (got something else)",
    ],
    [
      "{}",
      { ...JSON_TYPE, "Content-Encoding": "gzip" },
      415,
      "unsupported-media-type",
      "Send application/json without a Content-Encoding (got gzip)",
    ],
  ])("%j with %j", async (body, headers, status, code, detail) => {
    const { problem } = await refused(send("POST", "/tickets/{id}/notes", headers, body), status, code);
    expect(problem.detail).toBe(detail);
  });

  test("of an import", async () => {
    const { problem } = await refused(send("POST", "/tickets/import", JSON_TYPE, "{}"), 415, "unsupported-media-type");
    expect(problem.detail).toBe("Send Content-Type: application/x-ndjson or application/jsonl (got application/json)");
  });
});

describe("the lines of an import", () => {
  const line = { ...TICKET, external_id: "crm-1", created_at: 1_763_802_000_000 };

  test.each<[unknown, string, string]>([
    ["{", "", "is not valid JSON"],
    [[], "", "must be a JSON object, not an array"],
    [{ ...line, message: undefined }, "/message", "is required"],
    [{ ...line, subject: 1 }, "/subject", "must be a string, not a number"],
    [{ ...line, priority: "highest" }, "/priority", PRIORITIES],
    [
      { ...line, custmer_id: "cus-1", customer_id: undefined },
      "/custmer_id",
      "unknown field (did you mean customer_id?)",
    ],
    [{ ...line, messages: [{ from: "agent", body: " ", created_at: 1 }] }, "/messages/0/body", "must not be blank"],
    [{ ...line, notes: [{ not: "Look", created_at: 1 }] }, "/notes/0/not", "unknown field (did you mean note?)"],
  ])("%j", async (value, pointer, detail) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const answer = await send("POST", "/tickets/import", { "Content-Type": "application/x-ndjson" }, text);
    const { refused } = await answered<{ refused: { errors: unknown[] }[] }>(answer, 200);
    expect(refused.flatMap(({ errors }) => errors)).toContainEqual({ detail, pointer });
  });
});
