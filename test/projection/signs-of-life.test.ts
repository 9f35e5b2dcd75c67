import { beforeEach, describe, expect, test } from "vitest";
import { answered, emptyTables, KEY, service, tableSizes } from "../service.ts";
import { byHand, operatorOf } from "./operator.ts";

const HOUR = 3_600_000;

test("tickets that the consumer projects are a sign of its life, and those that others project are none", async () => {
  await emptyTables();
  const desk = service();
  const last = async () =>
    (await answered<{ consumer: { last_at: string | null } }>(await desk.get("/projections"), 200)).consumer.last_at;
  await desk.create();
  desk.time.now += 1_000;
  await desk.deliverSent();
  const at = new Date(desk.time.now).toISOString();
  expect(await last()).toBe(at);
  await desk.create();
  desk.time.now += 1_000;
  await desk.fetch("/tickets", { headers: { Authorization: `Bearer ${KEY}`, "Consistency-Token": "latest" } });
  expect([await tableSizes(), await last()]).toMatchObject([{ read_tickets: 2 }, at]);
});

describe("a sign of life from a clock that was ahead", () => {
  beforeEach(emptyTables);

  const codes = async (desk: ReturnType<typeof service>) =>
    (await operatorOf(desk).ready()).reasons.map(({ code }) => code);

  test.each([
    ["cron_at", "cron-silent"],
    ["consumer_at", "consumer-silent"],
  ])("%s does not hide %s", async (column, code) => {
    const desk = service();
    await desk.sweep();
    await desk.deliverSent();
    expect(await codes(desk)).not.toContain(code);
    await byHand(`UPDATE projection_figures SET ${column} = ${desk.time.now + HOUR}`);
    expect(await codes(desk)).toContain(code);
  });

  test("does not keep the cron from asking the consumer for one", async () => {
    const desk = service();
    const heartbeats = async () => {
      desk.sent.length = 0;
      await desk.sweep();
      return desk.sent.filter((message) => "job" in message && message.job === "heartbeat").length;
    };
    await desk.sweep();
    await desk.deliverSent();
    expect(await heartbeats()).toBe(0);
    await byHand(`UPDATE projection_figures SET consumer_at = ${desk.time.now + HOUR}`);
    expect(await heartbeats()).toBe(1);
  });
});
