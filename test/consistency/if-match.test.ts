import { beforeEach, describe, expect, test } from "vitest";
import { NOBODY, refused } from "../http/problem.ts";
import { answered, emptyTables, service, tableSizes } from "../service.ts";
import { blames, clientOf } from "./client.ts";

beforeEach(emptyTables);

const desk = service();
const { post } = clientOf(desk);

const COMMANDS = [
  ["status", { new_status: "resolved" }],
  ["notes", { note: "Look at the log" }],
  ["messages", { body: "Hello", from: "agent" }],
  ["assignee", { assignee_id: "ada" }],
  ["priority", { priority: "urgent" }],
  ["tags", { tags: ["billing"] }],
] as const;

describe.each(COMMANDS)("a command to %s", (path, body) => {
  const send = (id: string, tags: string) => post(`/tickets/${id}/${path}`, body, { "If-Match": tags });

  const many = Array.from({ length: 12 }, (_, index) => `"v${index + 9}"`).join(", ");
  const weak = ['W/"v2"', ' W/"v2"\t', '"v1", W/"v2", "v3"', `${many}, W/"v2"`];
  const lists = [
    '"v1", "v2"',
    '"v7" ,\t"v2","v1"',
    '"v2",',
    ' , ,\t"v2" ,, "v1",',
    '"an,other", "v2"',
    `${many}, "v2"`,
  ];

  test.each(['"v2"', "*", " *\t", ...weak, ...lists])("passes with %s on a ticket at v2", async (tags) => {
    const { id } = await desk.create();
    await desk.command(id, "notes", { note: "n" });
    const response = await send(id, tags);
    expect(await answered(response, 200)).toEqual({ id, version: 3 });
    expect(response.headers.get("ETag")).toBe('"v3"');
  });

  test.each(['"v1"', '"v3"', 'W/"v1"', '"v1", W/"v3"', '"V2"', '"v02"', '""', '"*"', '"v2-gzip"', '"W/v2"'])(
    "is refused with %s, and changes nothing",
    async (tags) => {
      const { id } = await desk.create();
      await desk.command(id, "notes", { note: "n" });
      const before = await tableSizes();
      const { problem } = await refused(send(id, tags), 412, "precondition-failed");
      expect(problem.detail).toContain("version 2");
      expect(await tableSizes()).toEqual(before);
    },
  );
});

test.each([
  "",
  "v1",
  '"v1',
  'v1"',
  "'v1'",
  "*, *",
  '"v1 "',
  '*, "v1"',
  '"v1" "v2"',
  ",",
  '*, W/"v1"',
  "W/v1",
  'W/ "v1"',
  'w/"v1"',
  '"v1";a=1',
])("an If-Match that cannot be read is refused: %j", async (tags) => {
  const { id } = await desk.create();
  const before = await tableSizes();
  for (const [path, body] of COMMANDS) {
    await blames(await post(`/tickets/${id}/${path}`, body, { "If-Match": tags }), "If-Match");
  }
  expect(await tableSizes()).toEqual(before);
});

test("of two commands at once with the same If-Match one passes, and one is told that the ticket has changed", async () => {
  for (let times = 0; times < 10; times++) {
    const { id } = await desk.create();
    const send = (note: string) => post(`/tickets/${id}/notes`, { note }, { "If-Match": '"v1"' });
    const answers = await Promise.all([send("one"), send("other")]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect(await desk.get(`/tickets/${id}`).then((response) => response.headers.get("ETag"))).toBe('"v2"');
  }
});

test("what may be changed is looked at after every lost race, and before the rules", async () => {
  const { id } = await desk.create();
  // A rival gets in between the read and the write.
  let rivals = 1;
  desk.hooks.before = async (statements) => {
    if (rivals === 0 || !statements.some((sql) => sql.includes("INSERT INTO ticket_events"))) return;
    rivals--;
    await desk.command(id, "status", { new_status: "closed" });
  };
  await refused(
    post(`/tickets/${id}/messages`, { body: "m", from: "agent" }, { "If-Match": '"v1"' }),
    412,
    "precondition-failed",
  );
  await refused(
    post(`/tickets/${id}/messages`, { body: "m", from: "agent" }, { "If-Match": "*" }),
    409,
    "ticket-closed",
  );
});

test("a ticket that is not there matches nothing", async () => {
  await refused(post(`/tickets/${NOBODY}/notes`, { note: "n" }, { "If-Match": "*" }), 404, "ticket-not-found");
});

test("a command that changes nothing keeps to its If-Match, too", async () => {
  const { id } = await desk.create();
  const reopen = (tag: string) => post(`/tickets/${id}/status`, { new_status: "open" }, { "If-Match": tag });
  expect((await reopen('"v1"')).status).toBe(200);
  await refused(reopen('"v2"'), 412, "precondition-failed");
});
