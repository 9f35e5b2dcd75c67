import { expect, test } from "vitest";
import { service, tableSizes } from "../service.ts";

const unreachable = { sendBatch: () => Promise.reject(new Error("Queue is overloaded")) };

test("a queue that takes nothing leaves nothing stale after one sweep", async () => {
  const desk = service({ queue: unreachable });
  const { id } = await desk.create();
  await desk.command(id, "notes", { note: "Look at the log" });
  expect((await desk.list()).items).toEqual([]);

  desk.time.now += 60_000;
  await desk.sweep();

  expect((await desk.list("?has_note=true")).items).toMatchObject([{ id, version: 2 }]);
  expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
});

test("a lost message leaves nothing stale after one sweep", async () => {
  const desk = service();
  const { id } = await desk.create();
  desk.sent.length = 0;

  desk.time.now += 60_000;
  await desk.sweep();
  await desk.deliverSent();

  expect((await desk.list()).items.map((item) => item.id)).toContain(id);
});
