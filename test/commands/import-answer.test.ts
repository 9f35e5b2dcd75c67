import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { batchesOf, MAX_BATCH } from "../../src/commands/import-batches.ts";
import { MAX_REFUSED, RefusedLines } from "../../src/commands/refused-lines.ts";
import { fingerprintOf } from "../../src/platform/sealed.ts";
import { caller, root } from "../http/callers.ts";
import { answered, emptyTables, KEY, service, tableSizes } from "../service.ts";

beforeEach(emptyTables);

const utf8 = new TextEncoder();
const NDJSON = "application/x-ndjson";
const NOW = Date.UTC(2026, 10, 23, 8);

/** D1's limit for a value and a row, in bytes. */
const ROW_BYTES = 2_000_000;

interface Result {
  readonly taken: number;
  readonly repeated: number;
  readonly refused_count: number;
  readonly refused_truncated: boolean;
  readonly refused: { line: number; external_id: string | null; errors: { detail: string; pointer: string }[] }[];
}

function good(external_id: string, fields: Record<string, unknown> = {}) {
  return { external_id, customer_id: "c", subject: "s", message: "m", created_at: 1_000, ...fields };
}

function send(desk: ReturnType<typeof service>, body: string, key?: string) {
  const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": NDJSON, ...(key && { "Idempotency-Key": key }) };
  return desk.fetch("/tickets/import", { method: "POST", headers, body });
}

async function keptBytes(): Promise<number | undefined> {
  const sql = "SELECT length(CAST(answer AS BLOB)) AS bytes FROM idempotency_records";
  return (await env.DB.prepare(sql).first<{ bytes: number }>())?.bytes;
}

describe("the answer to an import with many refused lines", () => {
  test("counts all and names the first 1,000; the others are taken, and a repeat is told the same", async () => {
    const desk = service();
    const lines = Array.from({ length: 4_200 }, (_, index) => (index % 2_000 === 1_999 ? good(`good-${index}`) : {}));
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    const first = await send(desk, body, "key");
    const text = await first.clone().text();
    const result = await answered<Result>(first, 200);
    expect(result).toMatchObject({ taken: 2, repeated: 0, refused_count: 4_198, refused_truncated: true });
    expect(result.refused.map(({ line }) => line)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(utf8.encode(text).byteLength).toBeLessThan(ROW_BYTES);
    expect(await keptBytes()).toBeLessThan(ROW_BYTES);
    const again = await send(desk, body, "key");
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await again.text()).toBe(text);
  });

  test("has exactly 1,000 without being truncated", async () => {
    const lines = (count: number) => Array(count).fill("{}").join("\n");
    const whole = await answered<Result>(await send(service(), lines(1_000)), 200);
    expect([whole.refused.length, whole.refused_count, whole.refused_truncated]).toEqual([1_000, 1_000, false]);
    const more = await answered<Result>(await send(service(), lines(1_001)), 200);
    expect([more.refused.length, more.refused_count, more.refused_truncated]).toEqual([1_000, 1_001, true]);
  });

  test.each([
    ["long ids of four bytes a character", { external_id: "🎉".repeat(1_500) }],
    ["ids that JSON writes in six bytes a character", { external_id: "\u0001".repeat(1_000) }],
    [
      "field names as long as themselves",
      { ["名".repeat(400)]: 1, [`${"é".repeat(399)}"`]: 1, ["\u0002".repeat(600)]: 1 },
    ],
    ["halves of surrogate pairs", { external_id: "\ud83c".repeat(500), ["\udf89".repeat(500)]: 1 }],
  ])("of %s stays below 2 MB of UTF-8, and still says how many there were", async (_, fields) => {
    const body = Array(1_200).fill(JSON.stringify(fields)).join("\n");
    const answer = await send(service(), body, "key");
    const text = await answer.clone().text();
    const { refused, ...counts } = await answered<Result>(answer, 200);
    expect(counts).toMatchObject({ taken: 0, refused_count: 1_200, refused_truncated: true });
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.map(({ line }) => line)).toEqual(refused.map((_, index) => index + 1));
    expect(refused.every(({ errors }) => errors.length > 0)).toBe(true);
    expect(JSON.stringify(refused)).toBe(JSON.stringify(refused).toWellFormed());
    expect(JSON.stringify(refused)).not.toContain("\\ud");
    expect(utf8.encode(text).byteLength).toBeLessThan(ROW_BYTES);
    expect(await keptBytes()).toBeLessThan(ROW_BYTES);
  });

  test("has at least the first line, if every text of it is as long as the body", () => {
    const refused = new RefusedLines();
    const long = "\u0001".repeat(4_000);
    const line = { external_id: long, ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [long + at, long])) };
    const batches = [...batchesOf(utf8.encode(JSON.stringify(line)), NOW, refused)];
    expect([batches, refused.lines.length, refused.count, refused.isTruncated]).toEqual([[], 1, 1, false]);
    expect(utf8.encode(JSON.stringify(refused.lines)).byteLength).toBeLessThan(MAX_REFUSED.bytes / 10);
  });

  test("keeps so many bytes of lines, whatever makes them long", () => {
    const refused = new RefusedLines();
    const errors = [{ detail: "長".repeat(10_000), pointer: "" }];
    for (let line = 1; line <= 100; line++) refused.add({ line, external_id: null, errors });
    expect([refused.count, refused.isTruncated, refused.lines.length]).toEqual([100, true, 33]);
    expect(utf8.encode(JSON.stringify(refused.lines)).byteLength).toBeLessThanOrEqual(MAX_REFUSED.bytes);
  });

  test("that an earlier version kept is still told, with its count", async () => {
    const desk = service();
    const body = "{}";
    // As an earlier version made it: of the whole text at once.
    const fingerprint = fingerprintOf(JSON.stringify(["POST", "/tickets/import", body]));
    const answer = { taken: 3, repeated: 0, refused: [{ line: 2, external_id: null, errors: [] }], recorded_at: null };
    await env.DB.prepare("INSERT INTO idempotency_records VALUES (?, ?, ?, ?, ?)")
      .bind("default", "key", fingerprint, JSON.stringify(answer), NOW)
      .run();
    const replayed = await answered<Result>(await send(desk, body, "key"), 200);
    expect(replayed).toEqual({ ...answer, refused_count: 1, refused_truncated: false, next_line: null });
  });
});

describe("the fingerprint of an import", () => {
  test.each(["", "{}\n{}\n", `"\\\u2028${"é".repeat(70_000)}🎉`, `${"x".repeat(65_535)}🎉\u0001"`, "\ufeff{}"])(
    "is that of its whole text, read in pieces",
    async (body) => {
      const desk = service();
      const read = body.replace(/^\ufeff/, "");
      await answered(await send(desk, body, "key"), 200);
      const { fingerprint } = (await env.DB.prepare("SELECT fingerprint FROM idempotency_records").first()) ?? {};
      expect(fingerprint).toBe(fingerprintOf(JSON.stringify(["POST", "/tickets/import", read])));
      expect((await send(desk, `${body} `, "key")).status).toBe(422);
    },
  );
});

describe("an import's batches", () => {
  const read = (text: string, before = new RefusedLines()) => [...batchesOf(utf8.encode(text), NOW, before)];
  const batches = (lines: readonly string[]) => read(lines.join("\n")).map(({ tickets }) => tickets);

  test("have so many tickets, and so many bytes", () => {
    expect(MAX_BATCH).toEqual({ tickets: 250, bytes: 2_000_000 });
    const small = Array.from({ length: 2 * MAX_BATCH.tickets + 1 }, (_, index) => JSON.stringify(good(`e-${index}`)));
    expect(batches(small).map(({ length }) => length)).toEqual([MAX_BATCH.tickets, MAX_BATCH.tickets, 1]);
    // 100,000 characters are 300,000 bytes here.
    const messages = [{ from: "agent", body: "長".repeat(80_000), created_at: 1_000 }];
    const large = Array.from({ length: 20 }, (_, index) => JSON.stringify(good(`e-${index}`, { messages })));
    const size = utf8.encode(large[0]).byteLength;
    expect(batches(large).map(({ length }) => length)).toEqual([8, 8, 4]);
    expect(8 * size).toBeLessThanOrEqual(MAX_BATCH.bytes);
  });

  test("have a ticket that is larger than all that to itself, once, and no batch is empty", () => {
    const messages = Array(8).fill({ from: "agent", body: "x".repeat(250_000), created_at: 1_000 });
    const lines = [good("a"), good("b", { messages }), good("c")].map((line) => JSON.stringify(line));
    expect(batches(lines).map((batch) => batch.map(({ external_id }) => external_id))).toEqual([["a"], ["b"], ["c"]]);
    expect(batches(["", " ", "{}"])).toEqual([]);
  });

  test("are transactions: one call writes no more", async () => {
    const desk = service();
    const messages = [{ from: "agent", body: "x".repeat(250_000), created_at: 1_000 }];
    const body = Array.from({ length: 20 }, (_, index) => JSON.stringify(good(`e-${index}`, { messages }))).join("\n");
    await answered(await send(desk, body), 200);
    const writes = desk.calls.filter(({ statements }) => statements.some((sql) => sql.includes("INTO ticket_events")));
    expect(writes).toHaveLength(3);
  });

  test("number their lines from the first one on, and know a byte order mark", () => {
    const before = new RefusedLines();
    const text = `\ufeff{}\n${JSON.stringify(good("a"))}\r\n\n{}\n\ufeff\n${JSON.stringify(good("b"))}\n[]`;
    const [batch] = read(text, before);
    expect(batch?.tickets.map(({ external_id }) => external_id)).toEqual(["a", "b"]);
    expect([batch?.firstLine, batch?.refused.map(({ line }) => line)]).toEqual([2, [4, 7]]);
    // They are refused even if the batch is not taken.
    expect(before.lines.map(({ line }) => line)).toEqual([1]);
    expect(batches([`\ufeff${JSON.stringify(good("a"))}`]).map(([first]) => first?.external_id)).toEqual(["a"]);
  });
});

test("10,000 lines may have an end each or not, and 10,001 may not", async () => {
  const status = async (body: string) => (await send(service(), body)).status;
  const blank = Array(10_000).fill(" ").join("\n");
  expect([await status(blank), await status(`${blank}\n`), await status(`${blank}\n `)]).toEqual([200, 200, 413]);
});

test("the same external_id is another ticket's in another workspace", async () => {
  const desk = service();
  for (const [index, workspace_id] of ["acme", "bolt"].entries()) {
    const { key } = await root(desk).makeKey({ workspace_id, role: "admin" });
    const imported = await caller(desk, key).ask("POST", "/tickets/import", JSON.stringify(good("same")), {
      "Content-Type": NDJSON,
    });
    expect(await answered(imported, 200)).toMatchObject({ taken: 1, repeated: 0 });
    expect(await tableSizes()).toMatchObject({ tickets: index + 1 });
  }
});
