import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { emptyTables, service } from "../service.ts";

beforeAll(emptyTables);

test("the rows of a batch are written by the age of their tickets, whatever the order of their messages", async () => {
  const desk = service();
  const created: string[] = [];
  for (const subject of ["first", "second", "third"]) {
    created.push((await desk.create({ subject })).id);
    desk.time.now += 1_000;
  }
  await desk.deliver(desk.sent.splice(0).toReversed());
  const { results } = await env.DB.prepare("SELECT id FROM read_tickets ORDER BY n").all();
  expect(results.map(({ id }) => id)).toEqual(created);
});
