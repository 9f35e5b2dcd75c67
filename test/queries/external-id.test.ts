import { beforeEach, expect, test } from "vitest";
import { ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, service } from "../service.ts";

beforeEach(emptyTables);

test("a list by external_id has the ticket of that id, compared exactly, in each order", async () => {
  const desk = service();
  const lines = ["mail-1", "Mail-1", "mail-10", "Zoë"].map((external_id) => ({
    ...{ external_id, customer_id: "c", subject: external_id, message: "m", created_at: 1_000 },
  }));
  await answered(await desk.post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
  await desk.create();
  await desk.deliverSent();
  for (const sort of ["updated_at", "created_at"]) {
    for (const { external_id } of lines) {
      const { items } = await desk.list(`?external_id=${encodeURIComponent(external_id)}&sort=${sort}`);
      expect(items).toMatchObject([{ external_id }]);
    }
    expect((await desk.list(`?external_id=mail&sort=${sort}`)).items).toEqual([]);
  }
});
