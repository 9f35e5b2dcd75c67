import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { emptyTables, service } from "../service.ts";

// Test files share a database. FTS5 merges by the parts that an index has, so parts that a file leaves behind would change what the next
// one measures.

/** The records of each search table's index. */
async function indexRecords(): Promise<string[]> {
  const records = ticketList.search.map(async ({ name }) => {
    const { results } = await env.DB.prepare(`SELECT id, hex(block) AS block FROM ${name}_data ORDER BY id`).all();
    return JSON.stringify(results);
  });
  return await Promise.all(records);
}

test("empty tables have empty indexes, whatever was in them", async () => {
  await emptyTables();
  const empty = await indexRecords();
  const desk = service();
  for (let round = 0; round < 3; round++) {
    await desk.create();
    await desk.deliverSent();
  }
  expect(await indexRecords()).not.toEqual(empty);
  await emptyTables();
  expect(await indexRecords()).toEqual(empty);
});
