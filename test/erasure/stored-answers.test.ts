import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { caller, root } from "../http/callers.ts";
import { ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, service } from "../service.ts";

const desk = service();

beforeEach(emptyTables);

interface StoredAnswer {
  readonly workspace_id: string;
  readonly key: string;
  readonly answer: string;
}

async function storedAnswers(): Promise<StoredAnswer[]> {
  const sql = "SELECT workspace_id, key, answer FROM idempotency_records ORDER BY workspace_id, key";
  return (await env.DB.prepare(sql).all<StoredAnswer>()).results;
}

test("an erasure empties the refused lines that its own workspace's imports were answered, and nobody else's", async () => {
  const LINE = { external_id: "e-1", customer_id: "cus-1", subject: "A question", message: "How?", created_at: 1 };
  const refused = [
    // A field that nobody knows is named in the errors.
    { ...LINE, external_id: "e-2", "jo.doe@example.com": 1 },
    { ...LINE, external_id: "e-3", subject: "" },
  ];
  const [own, others] = await Promise.all(
    ["own", "others"].map(async (workspace_id) => {
      const { key } = await root(desk).makeKey({ workspace_id, role: "admin" });
      const client = caller(desk, key);
      const type = { "Content-Type": "application/x-ndjson", "Idempotency-Key": "import" };
      await answered(await client.ask("POST", "/tickets/import", ndjson([LINE, ...refused]), type), 200);
      const create = { customer_id: "cus-1", subject: "Another", message: "And this?" };
      await answered(await client.ask("POST", "/tickets", create, { "Idempotency-Key": "create" }), 201);
      return client;
    }),
  );
  if (!own || !others) throw new Error("there is no client");
  const before = await storedAnswers();
  expect(before.filter(({ answer }) => answer.includes("jo.doe@example.com"))).toHaveLength(2);

  await answered(await own.delete("/customers/cus-1"), 200);

  const after = await storedAnswers();
  expect(after.filter(({ workspace_id }) => workspace_id === "others")).toEqual(
    before.filter(({ workspace_id }) => workspace_id === "others"),
  );
  const answerOf = (records: readonly StoredAnswer[], key: string) =>
    records.find((record) => record.workspace_id === "own" && record.key === key)?.answer ?? "";
  expect(answerOf(after, "create")).toBe(answerOf(before, "create"));
  expect(JSON.parse(answerOf(after, "import"))).toEqual({
    ...JSON.parse(answerOf(before, "import")),
    refused: [2, 3].map((line) => ({ line, external_id: null, errors: [] })),
  });
});
