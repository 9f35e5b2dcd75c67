import { beforeAll, describe, expect, test } from "vitest";
import { desk } from "../conformance/cases/desk.ts";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { SimulatedD1 } from "../simulation/d1.ts";
import { emptyDatabase, schemaOf, upgraded } from "./old-database.ts";
import { SETS } from "./sets.ts";

const TICKETS = 40;

/** One list for each of the search tables, with and without text, a list by index, and the counts. */
const READS = [
  "/tickets?status=open&limit=100",
  "/tickets?status=open&priority=high&limit=100",
  "/tickets?tag=billing&sort=created_at&limit=100",
  "/tickets?waiting=true&sort=waiting_since&limit=100",
  "/tickets?q=subject&limit=100",
  "/tickets?q=subject&sort=relevance&limit=100",
  `/tickets?q=${encodeURIComponent("ロ")}&limit=100`,
  "/tickets?q=rechnung&sort=created_at&limit=100",
  "/stats",
];

type Desk = ReturnType<typeof desk>;

const filled = new SimulatedD1();
let expected: unknown[];

async function answers(service: Desk): Promise<unknown[]> {
  const bodies = [];
  for (const path of READS) {
    const { as_of: _, ...body } = await service.get<Record<string, unknown>>(path);
    bodies.push(body);
  }
  return bodies;
}

/** Minutes of the cron, with the messages that it sends, until the read model is this deployment's and an audit has compared all of it. */
async function settle(service: Desk): Promise<void> {
  for (let minute = 0; minute < 10; minute++) {
    service.time.now += 60_000;
    await service.sweep();
    while (service.sent.length > 0) await service.deliver(service.sent.splice(0, 100));
  }
}

beforeAll(async () => {
  const service = desk(filled);
  await service.post("/tickets/import", 200, ndjson(generateLines(TICKETS, 7)), {
    "Content-Type": "application/x-ndjson",
  });
  while (service.sent.length > 0) await service.deliver(service.sent.splice(0, 100));
  expected = await answers(service);
  const sizes = expected.map((body) => JSON.stringify(body).length);
  expect(Math.min(...sizes)).toBeGreaterThan(300);
});

describe.each(SETS)("a database made with the migrations of $commit", (set) => {
  test("gets the schema of a new one", () => {
    expect(schemaOf(upgraded(set, filled))).toEqual(schemaOf(emptyDatabase({ edited: {} })));
  });

  test("answers every list as before, and an audit finds nothing", async () => {
    const d1 = upgraded(set, filled);
    const service = desk(d1);
    // Rows of the first projector have no entries: their lists wait for the rebuild.
    if (set.last >= "0007") expect(await answers(service)).toEqual(expected);
    await settle(service);
    expect(await answers(service)).toEqual(expected);
    expect(d1.peek("SELECT state, projector, failed, found FROM projection_jobs WHERE name = 'audit'")).toEqual([
      expect.objectContaining({ projector: 3, failed: 0, found: 0 }),
    ]);
    expect(d1.peek("SELECT * FROM projection_drift")).toEqual([]);
  });
});

test.each(SETS.filter(({ edited }) => Object.keys(edited).length > 0))(
  "without the migration 0016, a database of $commit lacks something",
  ({ edited }) => {
    expect(schemaOf(emptyDatabase({ edited }, "0015"))).not.toEqual(schemaOf(emptyDatabase({ edited: {} }, "0015")));
  },
);

/** 8 MB of text: more than the migration indexes itself. */
const MUCH_TEXT = "UPDATE read_tickets SET search_messages = hex(zeroblob(100000));";

test.each(SETS.filter(({ last }) => last >= "0007"))(
  "a large database made with the migrations of $commit is rebuilt, and some of its lists wait",
  async (set) => {
    const d1 = upgraded(set, filled, MUCH_TEXT);
    const service = desk(d1);
    await service.get("/tickets?status=open");
    await expect(service.get("/tickets?status=open&priority=high")).rejects.toThrow("rebuilding");
    await settle(service);
    expect(await answers(service)).toEqual(expected);
    expect(d1.peek("SELECT * FROM projection_drift")).toEqual([]);
  },
);
