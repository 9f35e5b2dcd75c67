import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { caller } from "../http/callers.ts";
import { ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { erase } from "./desk.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

/** An import of one line that is refused, whose answer is stored. */
async function refusedImport(desk: Desk, key: string, external_id: string, as = KEY): Promise<void> {
  const line = { external_id, customer_id: "zqcus", zqunknown: 1 };
  const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": key };
  await answered(await caller(desk, as).ask("POST", "/tickets/import", ndjson([line]), headers), 200);
}

async function storedAnswers(): Promise<{ workspace_id: string; key: string; answer: string }[]> {
  const { results } = await env.DB.prepare(
    "SELECT workspace_id, key, answer FROM idempotency_records WHERE key LIKE 'import-%' ORDER BY workspace_id DESC, key",
  ).all<{ workspace_id: string; key: string; answer: string }>();
  return results;
}

/** Stores answers of commands and of imports without refused lines, as a busy day leaves them. */
async function manyAnswers(workspace_id: string, answers: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     INSERT INTO idempotency_records (workspace_id, key, fingerprint, answer, created_at)
     SELECT ?1, 'k' || i, 'f', iif(i % 2, '{"id":"x","version":1}', '{"taken":1,"repeated":0,"refused":[],"recorded_at":1}'), 1 FROM n`,
  )
    .bind(workspace_id, answers)
    .run();
}

const rows = (desk: Desk, what: "rows_read" | "rows_written") => desk.calls.reduce((sum, call) => sum + call[what], 0);

describe("stored answers", () => {
  test("lose the ids and errors of refused lines, in the workspace and in no other", async () => {
    const desk = service();
    const { key } = await caller(desk, KEY).makeKey({ role: "admin", workspace_id: "bolt" });
    await refusedImport(desk, "import-1", "zqours");
    await refusedImport(desk, "import-2", "zqtheirs", key);
    await erase(desk, "nobody");
    const [ours, theirs] = await storedAnswers();
    expect(JSON.parse(ours?.answer ?? "")).toMatchObject({ refused: [{ line: 1, external_id: null, errors: [] }] });
    expect(ours?.answer).not.toContain("zq");
    expect(JSON.parse(theirs?.answer ?? "")).toMatchObject({ refused: [{ external_id: "zqtheirs" }] });
    expect(theirs?.answer).toContain("zqunknown");
  });

  test("of a whole day are not read again by each erasure", async () => {
    const desk = service();
    await manyAnswers("default", 2_000);
    for (let index = 0; index < 10; index++) await refusedImport(desk, `import-${index}`, `zqext-${index}`);
    desk.calls.length = 0;
    await erase(desk, "nobody");
    // The ten that quote lines.
    expect(rows(desk, "rows_read")).toBeLessThanOrEqual(70);
    const again = desk.calls.splice(0).length;
    await erase(desk, "nobody");
    expect(rows(desk, "rows_read")).toBeLessThanOrEqual(20);
    expect(rows(desk, "rows_written")).toBeLessThanOrEqual(4);
    expect(desk.calls).toHaveLength(again);
  });
});

describe("what an erasure costs does not grow with", () => {
  test("the backlog and the dead letters of other workspaces", async () => {
    const desk = service();
    const { key } = await caller(desk, KEY).makeKey({ role: "admin", workspace_id: "bolt" });
    const lines = Array.from({ length: 500 }, (_, index) => ({
      external_id: `e-${index}`,
      customer_id: "theirs",
      subject: "s",
      message: "m",
      created_at: index,
    }));
    const headers = { "Content-Type": "application/x-ndjson" };
    await answered(await caller(desk, key).ask("POST", "/tickets/import", ndjson(lines), headers), 200);
    const letters = Array.from({ length: 100 }, (_, index) => ({ workspace_id: "bolt", index }));
    await desk.deliver(letters);
    await desk.create({ customer_id: "zqcus" });
    desk.calls.length = 0;
    expect(await erase(desk, "zqcus")).toEqual({ erased: 1, remaining: 0 });
    expect(rows(desk, "rows_read")).toBeLessThanOrEqual(80);
  });
});

interface Letter {
  readonly body: string;
  readonly reason: string;
  readonly workspace_id: string | null;
}

/** What became of each message, in the order in which they were delivered. */
async function letters(): Promise<Letter[]> {
  const { results } = await env.DB.prepare(
    "SELECT body, reason, workspace_id FROM dead_letters ORDER BY id",
  ).all<Letter>();
  return results;
}

const isErased = ({ body, reason }: Letter) => body === "" && reason === "erased";

describe("dead letters", () => {
  // A body is kept up to 8 KB: what comes after that cannot be parsed any more.
  const long = "x".repeat(9_000);

  test("of another workspace are left alone, also those whose kept part cannot be parsed", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await desk.deliver([
      { workspace_id: "bolt", customer_id: "zqcus" },
      { workspace_id: "bolt", ticket: id },
      { workspace_id: "bolt", customer_id: "zqcus", long },
      { customer_id: "zqcus", long, workspace_id: "bolt" },
      JSON.stringify({ workspace_id: "bolt", customer_id: "zqcus", ticket: id, long }),
    ]);
    const before = await letters();
    await erase(desk, "zqcus");
    expect(await letters()).toEqual(before);
    expect(before.map(({ workspace_id }) => workspace_id)).toEqual(["bolt", "bolt", "bolt", "bolt", "bolt"]);
  });

  test("of the workspace, or whose workspace cannot be read, are emptied", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    const { id: numbered } = await desk.create({ customer_id: "4711" });
    await desk.deliver([
      { workspace_id: "default", customer_id: "zqcus" },
      { workspace_id: "default", customer_id: "zqcus", long },
      { workspace_id: 5, customer_id: "zqcus" },
      { workspace_id: "", customer_id: "zqcus" },
      { customer_id: "zqcus" },
      [{ workspace_id: "bolt" }, "zqcus"],
      `{"workspace_id": "bolt", "customer_id": "zqcus"`,
      { ticket: id },
      { customer: 4711 },
      { ticket: numbered },
    ]);
    await erase(desk, "zqcus");
    await erase(desk, "4711");
    expect((await letters()).map(isErased)).toEqual(Array.from({ length: 10 }, () => true));
  });

  test("that name neither the customer nor a ticket of theirs are kept", async () => {
    const desk = service();
    await desk.create({ customer_id: "zqcus" });
    await desk.deliver([{ workspace_id: "default", customer_id: "zqcustomer" }, { note: "about zqcus" }, "zqcus", "{"]);
    await erase(desk, "zqcus");
    expect((await letters()).map(isErased)).toEqual([false, false, true, false]);
  });

  test("kept by a Worker that did not note their workspace are told apart by their body", async () => {
    const desk = service();
    const insert = env.DB.prepare(
      "INSERT INTO dead_letters (queue, message_id, body, reason, kept_at) VALUES ('q', ?1, ?2, 'r', 1)",
    );
    await env.DB.batch(
      ["bolt", "default"].map((workspace_id) =>
        insert.bind(workspace_id, JSON.stringify({ workspace_id, customer_id: "zqcus" })),
      ),
    );
    await erase(desk, "zqcus");
    expect((await letters()).map(isErased)).toEqual([false, true]);
  });
});
