import { expect, test } from "vitest";
import { comparable } from "../../bench/comparable.ts";
import { median } from "../../bench/median.ts";
import { dollars, moneyOfCommands, moneyOfReads } from "../../bench/money.ts";
import { capacity, freePlan, storage } from "../../bench/sizing.ts";
import { FIGURES } from "./made-up.ts";

function valuesOf(figures: ReturnType<typeof moneyOfReads>, system: string, what: string, tickets = 10_000) {
  return figures.find((one) => one.system === system && one.what === what && one.tickets === tickets)?.values;
}

test("a million uses is as many dollars as the price list says", () => {
  const usage = { requests: 1, cpuMs: 7, rowsRead: 1_000, rowsWritten: 10, queueOperations: 3 };
  expect(dollars(usage)).toEqual({
    requests_usd: 0.3,
    cpu_usd: 0.14,
    rows_read_usd: 1,
    rows_written_usd: 10,
    queue_usd: expect.closeTo(1.2),
    total_usd: expect.closeTo(12.64),
  });
});

test("a read costs its request, its CPU and its rows", () => {
  const money = moneyOfReads(FIGURES);
  // 2.5 ms of the process, 0.5 of which were the database's.
  const edgedesk = { requests_usd: 0.3, cpu_usd: 0.04, rows_read_usd: 0.02, total_usd: expect.closeTo(0.36) };
  expect(valuesOf(money, "edgedesk", "no filter")).toEqual(edgedesk);
  expect(valuesOf(money, "edgedesk", "tag | status")).toMatchObject({ cpu_usd: 0.04, rows_read_usd: 0.04 });
  // Nobody measured its CPU.
  expect(valuesOf(money, "compute-on-read", "tag | status", 100_000)).toEqual({
    requests_usd: 0.3,
    cpu_usd: null,
    rows_read_usd: 200,
    total_usd: 200.3,
  });
});

test("a command costs its projection and its message, too, where there is a queue", () => {
  const money = moneyOfCommands(FIGURES);
  expect(valuesOf(money, "edgedesk", "AddMessage")).toEqual({
    requests_usd: 0.6,
    cpu_usd: 0.16,
    rows_read_usd: 0.02,
    rows_written_usd: 30,
    queue_usd: expect.closeTo(1.2),
    total_usd: expect.closeTo(31.98),
  });
  expect(valuesOf(money, "edgedesk", "AssignTicket")).toMatchObject({ cpu_usd: 0.18 });
  expect(valuesOf(money, "inline", "AddMessage")).toMatchObject({ rows_written_usd: 8, queue_usd: 0 });
  expect(money).toHaveLength(8);
});

test("a command whose projection nobody measured has no price", () => {
  expect(moneyOfCommands(FIGURES.filter(({ what }) => !what.startsWith("projected")))).toEqual([]);
});

test("the free plan carries what its narrowest limit does", () => {
  const [edgedesk, inline] = freePlan(FIGURES);
  // 5.2 commands of 30 rows written, 20 rows read and 3 operations each; 20 lists of 30 rows: in the middle of those that both have.
  expect(edgedesk?.values).toEqual({
    requests: Math.floor(98_560 / 30.4),
    // The audit looks at each ticket twice a day.
    rows_read: Math.floor((5_000_000 - 10_000 * 2 * 31.6) / 704),
    rows_written: Math.floor(100_000 / 156),
    queue_operations: 641,
    tickets_a_day: 641,
  });
  expect(inline?.values).toMatchObject({
    queue_operations: null,
    rows_written: 2_403,
    rows_read: null,
    tickets_a_day: null,
  });
  // 100,000 tickets of 10,000 bytes are more than its database holds.
  expect(freePlan(FIGURES).filter(({ system, tickets }) => system !== "compute-on-read" && tickets > 10_000)).toEqual(
    [],
  );
  const some = FIGURES.filter(({ what }) => what !== "AssignTicket");
  expect(freePlan(some)[0]?.values).toMatchObject({ rows_written: null, tickets_a_day: null });
});

test("a database holds as many tickets as fit", () => {
  expect(storage(FIGURES)[0]?.values).toMatchObject({ tickets_in_500_MB: 50_000, tickets_in_10_GB: 1_000_000 });
});

test("one thread answers as many lists as fit into a second", () => {
  const computed = capacity(FIGURES).filter(
    ({ system, tickets }) => system === "compute-on-read" && tickets === 100_000,
  );
  expect(computed.map(({ what, values }) => [what, values["sql_ms"], values["lists_per_second"]])).toEqual([
    ["the view in the middle", 51, 1_000 / 51],
    ["the slowest view", 100, 10],
  ]);
});

test("the middle of an even number of values is between two", () => {
  expect([median([3, 1, 2]), median([4, 1]), median([])]).toEqual([2, 2.5, undefined]);
});

test("a system is compared by what all were asked for, or not at all", () => {
  const [one] = FIGURES;
  const node = FIGURES.filter(({ system }) => system === "compute-on-read").map((figure) => ({
    ...figure,
    system: "node" as const,
  }));
  const lists = [...FIGURES, ...node].filter(({ suite }) => suite === "lists");
  expect(new Set(comparable(lists).map(({ system }) => system))).toEqual(
    new Set(["edgedesk", "compute-on-read", "node"]),
  );
  expect(comparable(lists).some(({ what }) => what === "only here")).toBe(false);
  expect(comparable(lists.filter((figure) => figure !== node[0])).some(({ system }) => system === "node")).toBe(false);
  expect(comparable(one ? [one] : [])).toEqual([one]);
});
