import { beforeEach, describe, expect, test } from "vitest";
import { emptyTables, service } from "../service.ts";
import { byHand, operatorOf } from "./operator.ts";

const HOUR = 3_600_000;

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
