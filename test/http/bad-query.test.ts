import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { service } from "../service.ts";
import { leaveNoTrace, RANDOM, refused } from "./problem.ts";

const desk = service();
const { id } = await desk.create();
const { id: other } = await desk.create({ customer_id: "cus-2" });
for (const ticket of [id, other]) await desk.command(ticket, "notes", { note: "Look at the log" });
await desk.deliverSent();
const settled = await leaveNoTrace(desk);

const at = (path: string) => path.replace("{id}", id);
const get = (path: string) => desk.get(at(path));

const TICKETS = "/tickets";
const CONVERSATION = "/tickets/{id}";
const HISTORY = "/tickets/{id}/events";
const page = await desk.list("?limit=1");
const ofOpen = await desk.list("?limit=1&status=open");
const withNotes = await desk.list("?limit=1&has_note=true");
const details = await (await get(`${CONVERSATION}?limit=1`)).json<{ conversation: { next_cursor: string } }>();
const history = await (await get(`${HISTORY}?limit=1`)).json<{ next_cursor: string }>();

const CURSORS = [
  { walk: TICKETS, cursor: `${page.next_cursor}` },
  { walk: `${TICKETS}?status=open`, cursor: `${ofOpen.next_cursor}` },
  { walk: `${TICKETS}?has_note=true`, cursor: `${withNotes.next_cursor}` },
  { walk: CONVERSATION, cursor: details.conversation.next_cursor },
  { walk: HISTORY, cursor: history.next_cursor },
];

describe.each(CURSORS)("a cursor of $walk is refused", ({ walk, cursor }) => {
  const goOn = (path: string, from: string) =>
    get(`${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(from)}`);

  test("by every other walk", async () => {
    expect((await goOn(walk, cursor)).status).toBe(200);
    const others = [...CURSORS.map((one) => one.walk), `/tickets/${other}`, `/tickets/${other}/events`];
    for (const foreign of [...others, `${TICKETS}?status=pending`].filter((path) => path !== walk)) {
      expect((await refused(goOn(foreign, cursor), 400, "invalid-cursor")).fields).toEqual(["cursor"]);
    }
  });

  test("when it is cut, changed or longer anywhere", async () => {
    const cut = Array.from(cursor, (_, length) => cursor.slice(0, length));
    const changed = cut.map(
      (head) => `${head}${cursor[head.length] === "A" ? "B" : "A"}${cursor.slice(head.length + 1)}`,
    );
    const longer = ["=", " ", "\0", "A", "😀", cursor].flatMap((more) => [cursor + more, more + cursor]);
    for (const damaged of [...cut, ...changed, ...longer, "null", "[]", "🍪", "%"]) {
      expect((await refused(goOn(walk, damaged), 400, "invalid-cursor")).fields).toEqual(["cursor"]);
    }
  });
});

/** Values that a parameter does not take, as queries. */
const bad = (parameter: string, ...values: string[]) => values.map((value) => [`${parameter}=${value}`, parameter]);

describe("a query is refused", () => {
  const ofPages = [
    ...bad(
      "limit",
      "",
      "0",
      "101",
      "-1",
      "abc",
      "1.5",
      "+5",
      "%2B5",
      "1e1",
      "0x10",
      "%205",
      "５",
      "9".repeat(20),
      "%ff",
    ),
    ...bad("limit[]", "5"),
    ...bad("Limit", "5"),
    ...bad("sort", "id"),
    ...bad("__proto__", "1"),
    ...bad("constructor", "1"),
    ["%00=1", "\0"],
    ["%ff=1", "%ff"],
  ];
  const ofTheList = [
    ...bad("status", "", "new", "OPEN", "open,pending", "open&status=new", "open%00"),
    ...bad("has_note", "", "yes", "1", "TRUE"),
    ...bad("customer_id", "", "%20%C2%85", "a%00b", "a".repeat(201)),
    // No UTF-8, and a lone surrogate in the only way in which a query can try it.
    ...bad("customer_id", "%ff", "%ED%A0%80", "100%"),
    ...bad("skip", "", "-1", "10001", "1.0", "1&cursor=next", "0&cursor=next"),
  ];
  const rows = [
    ...ofTheList.map((row) => [TICKETS, ...row]),
    ...[TICKETS, CONVERSATION, HISTORY].flatMap((path) => ofPages.map((row) => [path, ...row])),
  ];

  test.each(rows)("%s with %j", async (path = "", query = "", parameter = "") => {
    const { problem, fields } = await refused(get(`${path}?${query}`), 400, "invalid-query");
    expect(fields).toEqual([parameter]);
    expect(problem.detail).toMatch(/: (?:must|is|cannot|unknown|repeat) /);
  });

  test.each([
    [TICKETS, "has_note", "true"],
    [TICKETS, "customer_id", "cus-1"],
    [TICKETS, "skip", "1"],
    ...[TICKETS, CONVERSATION, HISTORY].flatMap((path) => [
      [path, "limit", "10"],
      [path, "cursor", `${page.next_cursor}`],
    ]),
  ])("%s with %s given twice", async (path = "", parameter = "", value = "") => {
    for (const second of [value, ""]) {
      const query = `${parameter}=${value}&${parameter}=${second}`;
      const { problem, fields } = await refused(get(`${path}?${query}`), 400, "invalid-query");
      expect(fields).toEqual([parameter]);
      expect(problem.detail).toContain("once");
    }
  });

  test("with the name of each parameter that is wrong", async () => {
    const { fields } = await refused(get(`${TICKETS}?limit=0&status=new&has_note=yes&sort=id`), 400, "invalid-query");
    expect(fields).toEqual(["has_note", "limit", "sort", "status"]);
  });

  test.each([
    ["/tickets", { customer_id: "cus-1", subject: "A question", message: "How does it work?" }],
    ["/tickets/{id}/status", { new_status: "pending" }],
    ["/tickets/{id}/notes", { note: "Look at the log" }],
    ["/tickets/{id}/messages", { body: "It works like this", from: "agent" }],
    ["/tickets/import", ""],
    ["/projections", undefined],
    ["/projections/parked", undefined],
    ["/projections/dead-letters", undefined],
    ["/projections/parked/retry", ""],
  ])("where nothing can be asked for: %s", async (path, body) => {
    const address = `${at(path)}?dry_run=true`;
    const type = path === "/tickets/import" ? "application/x-ndjson" : "application/json";
    const answer = body === undefined ? desk.get(address) : desk.post(address, body, type);
    expect((await refused(answer, 400, "invalid-query")).fields).toEqual(["dry_run"]);
  });
});

test("whatever comes as a query is answered or refused, and never our fault", async () => {
  const paths = fc.constantFrom(TICKETS, CONVERSATION, HISTORY, "/projections");
  const names = fc.constantFrom("status", "has_note", "customer_id", "limit", "cursor", "skip", "__proto__", "");
  const values = fc.oneof(
    fc.string({ unit: "binary" }).map((value) => encodeURIComponent(value.toWellFormed())),
    fc.string({ unit: fc.constantFrom("%", "0", "f", "+", "&", "=", "A", "#", "?") }),
    fc.constantFrom("open", "true", "10", `${page.next_cursor}`),
  );
  const queries = fc
    .array(fc.tuple(names, values), { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
  const property = fc.asyncProperty(paths, queries, async (path, query) => settled(await get(`${path}?${query}`)));
  await fc.assert(property, RANDOM);
});
