import { expect, test } from "vitest";
import { isOver, resultOf } from "../../../scripts/projections/round.ts";
import type { AuditReport } from "../../../scripts/projections/schemas.ts";

const report: AuditReport = {
  state: "finished",
  run: 6,
  done: 100,
  total: 100,
  coverage: 1,
  rate: null,
  seconds_left: null,
  found: 1,
  started_at: "2026-11-20T09:00:00.000Z",
  finished_at: "2026-11-20T09:01:00.000Z",
  age_seconds: 60,
  kinds: [{ kind: "missing", found: 1, healed: 1 }],
  examples: [],
};
const begun: AuditReport = {
  ...report,
  state: "running",
  run: 7,
  done: 0,
  found: 0,
  started_at: "2026-11-20T10:00:00.000Z",
};
const round = { before: report, begun, joined: false };
const example = { kind: "changed", ticket_id: null, detail: "", healed_at: null };

test("a round is over when it is finished", () => {
  const after = { ...begun, state: "finished", found: 2, finished_at: "2026-11-20T10:01:00.000Z" } as const;

  expect(isOver(round, begun)).toBe(false);
  expect(isOver(round, after)).toBe(true);
  expect(resultOf(round, after)).toMatchObject({ run: 7, total: 100, found: 2 });
});

test("a round is over when the next one is running, and its figures are the growth of the totals", () => {
  const next = {
    ...begun,
    run: 8,
    total: 200,
    found: 1,
    finished_at: "2026-11-20T10:01:00.000Z",
    kinds: [
      { kind: "missing", found: 1, healed: 1 },
      { kind: "changed", found: 4, healed: 2 },
    ],
    examples: [
      { ...example, found_at: "2026-11-20T10:00:30.000Z" },
      { ...example, found_at: "2026-11-20T09:00:30.000Z" },
    ],
  };

  expect(isOver(round, next)).toBe(true);
  expect(resultOf(round, next)).toEqual({
    run: 7,
    total: 100,
    started_at: "2026-11-20T10:00:00.000Z",
    finished_at: "2026-11-20T10:01:00.000Z",
    found: 3,
    kinds: [{ kind: "changed", found: 4, healed: 2 }],
    examples: [{ ...example, found_at: "2026-11-20T10:00:30.000Z" }],
  });
});

test("a round that was replaced is over when its replacement is", () => {
  const other = { ...begun, run: 8 };

  expect(isOver(round, other)).toBe(false);
  expect(isOver(round, { ...other, state: "finished", finished_at: "2026-11-20T10:02:00.000Z" })).toBe(true);
});
