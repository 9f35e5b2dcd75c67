import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, service } from "../service.ts";

beforeEach(emptyTables);

test("the numbers cost one call, and as many rows for 2,000 tickets as for 200 of the same agents", async () => {
  const desk = service();
  const lines = generateLines(200, 21).map((line) => ({ ...line, message: "short", messages: [] }));
  const costs: number[] = [];
  for (let times = 1; times <= 10; times++) {
    const body = ndjson(lines.map((line) => ({ ...line, external_id: `${line.external_id}-${times}` })));
    await answered(await desk.post("/tickets/import", body, "application/x-ndjson"), 200);
    await desk.deliverSent();
    if (times > 1 && times < 10) continue;
    desk.calls.length = 0;
    const { by_status } = await answered<{ by_status: { total: number } }>(await desk.get("/stats"), 200);
    expect(by_status.total).toBe(times * 200);
    expect(desk.calls).toHaveLength(1);
    costs.push(desk.calls[0]?.rows_read ?? Number.POSITIVE_INFINITY);
  }
  const cells = (await env.DB.prepare("SELECT count(*) AS n FROM read_tallies").first<number>("n")) ?? 0;
  // Seven who have them, by four statuses; priorities by status, who waits and what has no reply; the ticket that waits longest; how fresh
  // it is; and for two of the three ranges of cells, the one that ends it.
  expect(cells).toBeGreaterThan(40);
  expect(costs).toEqual([cells + 5, cells + 5]);
});
