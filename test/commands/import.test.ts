import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { generateLines, ndjson } from "../oracle/lines.ts";
import type { Line } from "../oracle/ticket-list.ts";
import { answered, emptyTables, service, tableSizes } from "../service.ts";

beforeEach(emptyTables);

const NDJSON = "application/x-ndjson";
const line = (fields: Partial<Line> & Record<string, unknown> = {}) => ({
  external_id: "ext-1",
  customer_id: "cus-1",
  subject: "A question",
  message: "How does it work?",
  created_at: 1_000,
  messages: [],
  ...fields,
});

interface Result {
  readonly taken: number;
  readonly repeated: number;
  readonly refused_count: number;
  readonly refused_truncated: boolean;
  readonly refused: { line: number; external_id: string | null; errors: { detail: string; pointer: string }[] }[];
  readonly recorded_at: string | null;
}

async function send(desk: ReturnType<typeof service>, body: string): Promise<Result> {
  return await answered<Result>(await desk.post("/tickets/import", body, NDJSON), 200);
}

async function only(desk: ReturnType<typeof service>) {
  await desk.deliverSent();
  const { items } = await desk.list();
  expect(items).toHaveLength(1);
  return items[0];
}

describe("an import", () => {
  test("made again does nothing twice", async () => {
    const desk = service();
    const body = ndjson(generateLines(300, 1));
    expect(await send(desk, body)).toMatchObject({ taken: 300, repeated: 0, refused: [] });
    const sizes = await tableSizes();
    expect(await send(desk, body)).toEqual({
      ...{ taken: 0, repeated: 300, next_line: null, recorded_at: null },
      ...{ refused_count: 0, refused: [], refused_truncated: false },
    });
    expect(await tableSizes()).toEqual(sizes);
  });

  test("takes a line that stands twice once", async () => {
    expect(await send(service(), ndjson([line(), line({ subject: "again" })]))).toMatchObject({
      taken: 1,
      repeated: 1,
    });
    expect(await tableSizes()).toMatchObject({ tickets: 1, ticket_events: 1 });
  });

  test("made twice at once takes every ticket once", async () => {
    const desk = service();
    const body = ndjson(generateLines(200, 2));
    const results = await Promise.all([1, 2, 3, 4].map(() => send(desk, body)));
    expect(results.map(({ taken }) => taken).reduce((total, taken) => total + taken)).toBe(200);
    expect(results.every(({ taken, repeated }) => taken + repeated === 200)).toBe(true);
    expect(await tableSizes()).toMatchObject({ tickets: 200, projection_backlog: 200 });
  });

  test("refuses lines by number with the reason, and takes the others", async () => {
    const desk = service();
    const lines = [
      JSON.stringify(line({ external_id: "good-1" })),
      "{not json",
      "",
      JSON.stringify(line({ external_id: "bad-4", subject: " ", extra: 1 })),
      JSON.stringify(line({ external_id: "bad-5", created_at: 1.5 })),
      JSON.stringify(line({ external_id: "bad-6", messages: [{ from: "robot", body: "b", created_at: 1 }] })),
      JSON.stringify(line({ external_id: "bad-7", status: "closed", status_at: 999 })),
      "[]",
      `${JSON.stringify(line({ external_id: "good-9" }))}\r`,
      JSON.stringify(line({ external_id: "bad-10", message: "nul \0" })),
    ];
    const result = await send(desk, lines.join("\n"));
    expect(result).toMatchObject({ taken: 2, repeated: 0 });
    expect(
      result.refused.map(({ line: number, external_id, errors }) => [
        number,
        external_id,
        errors.map((e) => e.pointer),
      ]),
    ).toEqual([
      [2, null, [""]],
      [4, "bad-4", ["/subject", "/extra"]],
      [5, "bad-5", ["/created_at"]],
      [6, "bad-6", ["/messages/0/from"]],
      [7, "bad-7", ["/status_at"]],
      [8, null, [""]],
      [10, "bad-10", ["/message"]],
    ]);
    expect(result.refused.find(({ line: number }) => number === 7)?.errors[0]?.detail).toContain("created_at");
    expect(result).toMatchObject({ refused_count: 7, refused_truncated: false });
    expect(await tableSizes()).toMatchObject({ tickets: 2 });
  });

  test("keeps the given times as occurred_at, and puts a thread in order first", async () => {
    const desk = service();
    await send(
      desk,
      ndjson([
        line({
          created_at: 5_000,
          messages: [
            { from: "customer", body: "third", created_at: 9_000 },
            { from: "agent", agent_id: "agent-7", body: "dated before its question", created_at: 3_000 },
          ],
          notes: [{ note: "between", created_at: 7_000, agent_id: "agent-8" }],
          status: "pending",
          status_at: 8_000,
        }),
      ]),
    );
    const item = await only(desk);
    expect(item).toMatchObject({
      status: "pending",
      preview: "third",
      version: 5,
      // Nothing happens to a ticket before it is there.
      first_replied_at: "1970-01-01T00:00:05.000Z",
      updated_at: "1970-01-01T00:00:09.000Z",
    });
    const { items } = await answered<{ items: object[] }>(await desk.get(`/tickets/${item?.id}/events`), 200);
    expect(items).toMatchObject([
      { version: 1, type: "ticket.created", occurred_at: "1970-01-01T00:00:05.000Z" },
      { version: 2, type: "message.added", occurred_at: "1970-01-01T00:00:03.000Z", agent_id: "agent-7" },
      { version: 3, type: "note.added", agent_id: "agent-8", data: { body: "between" } },
      { version: 4, type: "status.updated", data: { status: "pending", previous_status: "open" } },
      { version: 5, type: "message.added", data: { from: "customer", body: "third" } },
    ]);
    expect(items[0]).toMatchObject({ recorded_at: new Date(desk.time.now).toISOString() });
  });

  test("gives a ticket to whom the line says, from its beginning on; nobody has done it", async () => {
    const desk = service();
    const messages = [{ from: "agent", agent_id: "ben", body: "answer", created_at: 2_000 }];
    await send(desk, ndjson([line({ assignee_id: "ada", messages }), line({ external_id: "e", assignee_id: null })]));
    await desk.deliverSent();
    const { items: rows } = await desk.list();
    expect(rows).toMatchObject([
      { assignee_id: "ada", version: 3, updated_at: "1970-01-01T00:00:02.000Z" },
      { assignee_id: null, version: 1, updated_at: "1970-01-01T00:00:01.000Z" },
    ]);
    const { items } = await answered<{ items: object[] }>(await desk.get(`/tickets/${rows[0]?.id}/events`), 200);
    expect(items).toMatchObject([
      { version: 1, type: "ticket.created" },
      {
        ...{ version: 2, type: "assignee.updated", agent_id: null, occurred_at: "1970-01-01T00:00:01.000Z" },
        data: { assignee_id: "ada", previous_assignee_id: null },
      },
      { version: 3, type: "message.added", agent_id: "ben" },
    ]);
  });

  test.each(["", " ", 7, ["ada"], "a\0", "x".repeat(201)])("refuses the assignee %j", async (assignee_id) => {
    const { taken, refused } = await send(service(), JSON.stringify({ ...line(), assignee_id }));
    expect([taken, refused[0]?.errors.map(({ pointer }) => pointer)]).toEqual([0, ["/assignee_id"]]);
  });

  test("of texts at their limits, 256 KB of what JSON writes longest", async () => {
    const desk = service();
    const body = "\u0001".repeat(256 * 1024);
    const messages = Array.from({ length: 4 }, (_, at) => ({ from: "agent", body, created_at: 2_000 + at }));
    expect(await send(desk, ndjson([line({ message: body, messages })]))).toMatchObject({ taken: 1 });
    const { results } = await env.DB.prepare("SELECT length(CAST(body AS BLOB)) AS bytes FROM ticket_events").all();
    expect(results.map(({ bytes }) => bytes)).toEqual(Array(5).fill(256 * 1024));
    expect(await only(desk)).toMatchObject({ message_count: 5 });
  });

  test("of more lines than one request may have is refused whole", async () => {
    const response = await service().post("/tickets/import", "\n".repeat(10_001), NDJSON);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "/problems/too-many-lines" });
  });

  test("of a line with more than 20 things wrong names the first 20", async () => {
    const wrong = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field_${index}`, 1]));
    const { refused } = await send(service(), JSON.stringify({ ...line(), ...wrong }));
    expect(refused[0]?.errors).toHaveLength(20);
  });

  test("tells the queue about every ticket, and its figures when it took the last", async () => {
    const desk = service();
    const { recorded_at } = await send(desk, ndjson(generateLines(550, 4)));
    expect(recorded_at).toBe(new Date(desk.time.now).toISOString());
    expect(desk.sent).toHaveLength(550);
    expect(await answered(await desk.get("/projections"), 200)).toMatchObject({ backlog: { count: 550 } });
    await desk.deliverSent();
    expect(await answered(await desk.get("/projections"), 200)).toMatchObject({
      backlog: { count: 0, oldest_seconds: 0 },
      as_of: recorded_at,
    });
  });
});
