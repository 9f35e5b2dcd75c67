import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Runtime } from "../../src/http/api.ts";
import type { Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { type HostileRequest, requestOf, validRequest, whoMay } from "../fuzz/hostile/requests.ts";
import { OPERATIONS, type Operation } from "../fuzz/operations.ts";
import { type Desk, type Scene, setScene } from "../fuzz/scene.ts";
import { emptyTables, service } from "../service.ts";

// What people write, what systems are called, and what opens doors, each with a mark: it may be anywhere but in the log.

const CANARY = "canary-yellow";

const sound: Projection = ticketList;

/** Whatever was given to callers and nobody else may know: keys, tokens, cursors. */
const secrets = new Set<string>();
const answers: { readonly name: string; readonly text: string }[] = [];
const logs: (readonly { readonly event: string }[])[] = [];
const printed: unknown[][] = [];
for (const level of ["log", "info", "warn", "error", "debug", "trace"] as const) {
  vi.spyOn(console, level).mockImplementation((...words) => void printed.push(words));
}
let requests = 0;

/** A service with a scene on it, of which all is written down. */
async function staged(overrides: Partial<Omit<Runtime, "access">> = {}) {
  await emptyTables();
  const opened = service(overrides);
  logs.push(opened.log);
  const desk: Desk = {
    db: env.DB,
    time: opened.time,
    ask: async (request) => {
      const { pathname, search } = new URL(request.url);
      requests++;
      const answer = await opened.fetch(`${pathname}${search}`, request as RequestInit<IncomingRequestCfProperties>);
      const text = await answer.clone().text();
      const issued = [
        answer.headers.get("Consistency-Token"),
        /"next_cursor":"([^"]+)"/.exec(text)?.[1],
        answer.status === 201 ? /"key":"([^"]+)"/.exec(text)?.[1] : undefined,
      ];
      for (const one of issued) if (one) secrets.add(one);
      answers.push({ name: `${request.method} ${pathname}`, text });
      return answer;
    },
    // What the queue does not take, the cron takes up.
    settle: async () => {
      await opened.deliverSent();
      opened.time.now += 60_000;
      await opened.sweep();
    },
    writes: () => 0,
    calls: () => 0,
  };
  const scene = await setScene(desk);
  for (const key of Object.values(scene.keys)) if (key) secrets.add(key);
  return { ...opened, desk, scene };
}

type Stage = Awaited<ReturnType<typeof staged>>;

/** Every operation as it should be, with the mark wherever it takes a text. */
function marked(operation: Operation, scene: Scene): HostileRequest {
  const request = validRequest(operation, "root", scene);
  return {
    ...request,
    body: typeof request.body === "string" ? request.body.replaceAll("A question", CANARY) : request.body,
  };
}

/** Where else the mark may stand. */
const PLACES: Readonly<Record<string, (request: HostileRequest) => HostileRequest>> = {
  "in its texts": (request) => request,
  "in its query": (request) => ({
    ...request,
    target: `${request.target}?${CANARY}=${CANARY}&customer_id=${CANARY}&cursor=${CANARY}`,
  }),
  "in its path": (request) => ({ ...request, target: `${request.target}/${CANARY}` }),
  "as the id": (request) => ({ ...request, target: request.target.replace(/[0-9a-f-]{36}/, CANARY) }),
  "in its headers": ({ headers, ...request }) => ({
    ...request,
    headers: [
      ...headers,
      ["Idempotency-Key", CANARY],
      ["Prefer", CANARY],
      ["Cookie", CANARY],
      ["User-Agent", CANARY],
      ["If-None-Match", `"${CANARY}"`],
      ["Origin", `https://${CANARY}.example`],
    ],
  }),
  "in a header that cannot be read": ({ headers, ...request }) => ({
    ...request,
    headers: [...headers, ["Consistency-Token", CANARY], ["If-Match", CANARY]],
  }),
  "in its media type": ({ headers, ...request }) => ({
    ...request,
    headers: [...headers, ["Content-Type", `text/${CANARY}`]],
  }),
  "in fields that are unknown": (request) => ({
    ...request,
    body: `{"${CANARY}": "${CANARY}", "subject": ["${CANARY}"]}`,
  }),
  "in a body that cannot be read": (request) => ({ ...request, body: `${CANARY} {"subject": "${CANARY}` }),
  "as a key": ({ headers, ...request }) => ({
    ...request,
    headers: [...headers.filter(([name]) => name !== "Authorization"), ["Authorization", `Bearer edk_${CANARY}`]],
  }),
};

/** What D1 and others may quote in an error. */
const ERRORS = [
  new Error(`D1_TYPE_ERROR: Type 'object' not supported for value '${CANARY}'`),
  new Error(`D1_ERROR: Network connection lost: "${CANARY}"`),
  new TypeError(`Cannot read properties of undefined (reading '${CANARY}')`),
];

describe("requests of every operation", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await staged();
  });

  test.each(Object.entries(PLACES))("with the mark %s", async (_, put) => {
    const { desk, scene } = stage;
    for (const operation of OPERATIONS) {
      for (const caller of ["root", ...whoMay(operation).slice(-1)] as const) {
        const { headers, ...request } = put(marked(operation, scene));
        const key = scene.keys[caller];
        const own = headers.map(
          ([name, value]) =>
            [
              name,
              name === "Authorization" && value.endsWith(scene.keys.root ?? "") ? `Bearer ${key}` : value,
            ] as const,
        );
        await desk.ask(requestOf({ ...request, headers: own }));
      }
    }
    await desk.settle();
  });

  test("and an import with lines that are refused", async () => {
    const { desk, scene } = stage;
    const operation = OPERATIONS.find(({ path }) => path === "/tickets/import");
    if (!operation) throw new Error("there is no import");
    const request = marked(operation, scene);
    const lines = [
      request.body,
      CANARY,
      `{"external_id": "${CANARY}", "${CANARY}": 1}`,
      `{"external_id": ["${CANARY}"]`,
      request.body,
    ];
    const answer = await desk.ask(requestOf({ ...request, body: lines.join("\n") }));
    expect(await answer.json()).toMatchObject({ refused: [{}, {}, {}] });
  });
});

describe("requests whose database fails at a call", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await staged();
  });

  test.each([1, 2, 3, 4].flatMap((call) => ERRORS.map((error) => ({ call, error }))))(
    "$call with $error",
    async ({ call, error }) => {
      const { desk, scene, hooks, sweep, deliver } = stage;
      const failing = async (work: () => Promise<unknown>) => {
        let calls = 0;
        hooks.before = async () => {
          calls++;
          if (calls === call) throw error;
        };
        await work();
        hooks.before = async () => {};
      };
      for (const operation of OPERATIONS) await failing(() => desk.ask(requestOf(marked(operation, scene))));
      await failing(sweep);
      await failing(() => deliver([{ workspace_id: "default", ticket_id: scene.tickets.root, version: 1 }]));
      await failing(() =>
        deliver([{ workspace_id: "default", ticket_id: scene.tickets.root, version: 1 }], "ticket-projections-dead"),
      );
      await failing(() => deliver([{ [CANARY]: CANARY }], "ticket-projections-dead"));
      await failing(() =>
        deliver([
          { job: "audit", run: 1, slice: 0 },
          { job: "rebuild", run: 1, slice: 0 },
        ]),
      );
    },
  );
});

test("a queue that fails", async () => {
  const sendBatch = async () => {
    throw new Error(`the queue does not take '${CANARY}'`);
  };
  const { desk, scene } = await staged({ queue: { sendBatch } });
  for (const operation of OPERATIONS) await desk.ask(requestOf(marked(operation, scene)));
});

test("a ticket that cannot be projected, until it is parked, and after", async () => {
  const { desk, scene, time, sweep, deliver } = await staged({
    projection: {
      ...sound,
      project: (source) => {
        if ("subject" in source && source.subject === CANARY) JSON.parse(CANARY);
        return sound.project(source);
      },
    },
  });
  const create = OPERATIONS.find(({ name }) => name === "POST /tickets");
  if (!create) throw new Error("no ticket can be created");
  const { id } = await (await desk.ask(requestOf(marked(create, scene)))).json<{ id: string }>();
  for (let attempt = 0; attempt < 8; attempt++) {
    await desk.settle();
    await deliver(
      [{ workspace_id: "default", ticket_id: id, version: 1 }],
      attempt % 2 === 0 ? "ticket-projections" : "ticket-projections-dead",
    );
    time.now += 3_600_000;
    await sweep();
  }
  expect(
    await env.DB.prepare("SELECT parked_at FROM projection_backlog WHERE ticket_id = ?").bind(id).first(),
  ).not.toBeNull();
  for (const operation of OPERATIONS) await desk.ask(requestOf(marked(operation, scene)));
  const retry = OPERATIONS.find(({ path }) => path.endsWith("{ticket_id}/retry"));
  if (retry) await desk.ask(requestOf(marked(retry, { ...scene, tickets: { ...scene.tickets, parked: id } })));
});

test("messages that nobody can read", async () => {
  const { deliver } = await staged();
  const bodies = [
    CANARY,
    [CANARY],
    { [CANARY]: CANARY },
    { job: CANARY },
    { job: "rebuild", run: CANARY, [CANARY]: 1 },
    { workspace_id: 1, ticket_id: [CANARY] },
  ];
  for (const queue of ["ticket-projections", "ticket-projections-dead"]) await deliver(bodies, queue);
});

test("an audit that finds differences, and a rebuild", async () => {
  const { desk, scene, sweep, time } = await staged();
  const change = `UPDATE read_tickets SET subject = '${CANARY}', customer_id = '${CANARY}', tags = '["${CANARY}"]', preview = '${CANARY}'`;
  await env.DB.batch([env.DB.prepare(change), env.DB.prepare("UPDATE read_tallies SET count = count + 1")]);
  for (const path of ["/projections/audit", "/projections/rebuild"]) {
    await desk.ask(
      new Request(`https://edgedesk.test${path}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${scene.keys.root}` },
      }),
    );
    await desk.settle();
  }
  for (let minute = 0; minute < 3; minute++) {
    time.now += 60_000;
    await sweep();
    await desk.settle();
  }
});

describe("afterwards", () => {
  test("there were hundreds of requests, and lines of the log", () => {
    expect(requests).toBeGreaterThan(200);
    expect(logs.flat().length).toBeGreaterThan(200);
    const events = new Set(logs.flat().map(({ event }) => event));
    const expected = [
      "request",
      "request.failed",
      "database.unavailable",
      "queue.send_failed",
      "projection.parked",
      "queue.dead_letter",
      "audit.drift",
    ];
    expect([...events]).toEqual(expect.arrayContaining(expected));
  });

  test("none of it is in a line of the log, nor printed", () => {
    const lines = [...logs.flat(), ...printed].map((line) => JSON.stringify(line));
    expect([...new Set(lines.filter((line) => line.includes(CANARY)))]).toEqual([]);
    expect(lines.filter((line) => [...secrets].some((secret) => line.includes(secret)))).toEqual([]);
  });

  test("no key is in an answer, but for the one that shows it", () => {
    const keys = [...secrets].filter((secret) => secret.startsWith("edk_") || secret === "test-root-key");
    expect(keys.length).toBeGreaterThan(5);
    const shown = answers.filter(({ text }) => keys.some((key) => text.includes(key)));
    expect(new Set(shown.map(({ name }) => name))).toEqual(new Set(["POST /keys"]));
    for (const key of keys) expect(answers.filter(({ text }) => text.includes(key)).length).toBeLessThanOrEqual(1);
  });

  test("no key is in a table", async () => {
    const { results: tables } = await env.DB.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_cf\\_%' ESCAPE '\\'",
    ).all<{ name: string }>();
    for (const { name } of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${name}`).all();
      const text = JSON.stringify(results);
      expect(
        [...secrets].filter((secret) => text.includes(secret)),
        name,
      ).toEqual([]);
    }
  });
});

afterAll(() => vi.restoreAllMocks());
