import { describe, expect, test } from "vitest";
import { checkFile, rowsBehind } from "./check-file.ts";
import { checkLists } from "./check-lists.ts";
import { checkDetails, checkRows } from "./check-rows.ts";
import type { DataFile } from "./data-file.ts";
import { EVENTS, logOf, rowOf, START } from "./doctored.ts";
import type { ListSeen } from "./ledger.ts";

const LOG = logOf(EVENTS);
const ROW = rowOf("t1", EVENTS);
/** As it was before its last change. */
const OLD = rowOf("t1", EVENTS, 3);

const details = (found: readonly { readonly detail: string }[]) => found.map(({ detail }) => detail);

describe("the list", () => {
  test("that is the projection of the histories is sound", () => {
    expect(checkRows([ROW], LOG)).toEqual([]);
  });

  test("with a stale row, a missing one, one too many", () => {
    expect(details(checkRows([OLD], LOG))).toEqual([
      'the row of t1 is not its projection: status is "open" instead of "pending"',
    ]);
    expect(details(checkRows([], LOG))).toEqual(["the row of t1 is not its projection: it is missing, at version 4"]);
    expect(details(checkRows([ROW], new Map()))).toEqual(["the list shows t1, which has no history"]);
    expect(details(checkRows([ROW, ROW], LOG))).toEqual(["the list shows a ticket twice"]);
  });

  test.each(Object.keys(ROW).filter((field) => field !== "id"))("with a wrong %s", (field) => {
    expect(details(checkRows([{ ...ROW, [field]: "wrong" }], LOG))).toEqual([
      expect.stringContaining(`the row of t1 is not its projection: ${field} is "wrong" instead of`),
    ]);
  });

  test("in the wrong order", () => {
    const log = new Map([...LOG, ["t2", EVENTS]]);
    const rows = [rowOf("t2", EVENTS), ROW];
    expect(checkRows(rows, log)).toEqual([]);
    expect(details(checkRows(rows.toReversed(), log))).toEqual(["the list is not in its order"]);
  });
});

describe("a list that a client saw", () => {
  const seen: ListSeen = {
    client: "client 1",
    rows: [ROW],
    isWhole: true,
    customer: "one",
    as_of: START + 4_000,
    stale: [],
    expected: new Map([["t1", 4]]),
  };
  const broken = (more: Partial<ListSeen>) => details(checkLists([{ ...seen, ...more }], LOG));

  test("and that was as it had to be", () => {
    expect(broken({})).toEqual([]);
    // It may be on the next page.
    expect(broken({ rows: [], isWhole: false })).toEqual([]);
  });

  test("with less than its token stands for", () => {
    expect(broken({ rows: [OLD] })).toEqual([
      "a list of client 1 for one shows t1 at version 3; its token stands for version 4",
    ]);
    expect(broken({ rows: [], as_of: START })).toEqual([
      "a list of client 1 for one does not show t1; its token stands for version 4",
    ]);
  });

  test("with less than its as_of promises", () => {
    expect(broken({ rows: [OLD], expected: new Map() })).toEqual([]);
    expect(broken({ rows: [OLD], expected: new Map(), as_of: START + 4_001 })).toEqual([
      "a list of client 1 for one shows t1 at version 3; its as_of 2026-01-01T00:00:04.001Z promises version 4",
    ]);
  });

  test("with what never was", () => {
    expect(broken({ rows: [{ ...ROW, note_count: 2 }] })).toEqual([
      "a list of client 1 for one shows t1 as it never was: note_count is 2 instead of 1",
    ]);
    expect(broken({ rows: [{ ...ROW, version: 5 }] })).toEqual([
      "a list of client 1 for one shows t1 as it never was: there is no such version",
    ]);
  });

  test("that calls a sound ticket stale", () => {
    expect(broken({ stale: ["t1"] })).toEqual(["a list of client 1 for one calls t1 stale, which is sound"]);
  });
});

describe("the file at a crash", () => {
  const file: DataFile = {
    log: LOG,
    rows: new Map([["t1", ROW]]),
    backlog: new Map(),
    versions: new Map([["t1", 4]]),
    numbers: [4, 4, 4],
  };
  const broken = (more: Partial<DataFile>) => details(checkFile({ ...file, ...more }));

  test("is sound with the row, or with an older one that the backlog knows of", () => {
    expect(broken({})).toEqual([]);
    const behind = { rows: new Map([["t1", OLD]]), backlog: new Map([["t1", 4]]) };
    expect(broken(behind)).toEqual([]);
    expect(rowsBehind({ ...file, ...behind })).toBe(1);
  });

  test("with a change that nobody knows to be unprojected", () => {
    const forgotten = "ticket t1 is not in the backlog, and its row is at version 3 of 4";
    expect(broken({ rows: new Map([["t1", OLD]]) })).toEqual([forgotten]);
    expect(broken({ rows: new Map([["t1", OLD]]), backlog: new Map([["t1", 3]]) })).toEqual([forgotten]);
    expect(broken({ rows: new Map() })).toEqual(["ticket t1 is not in the backlog, and its row is at version 0 of 4"]);
  });

  test("with a row that never was, a ticket that is not its events, numbers with gaps", () => {
    expect(broken({ rows: new Map([["t1", { ...ROW, preview: "" }]]) })).toEqual([
      expect.stringContaining("the row of t1 shows what never was: preview is"),
    ]);
    expect(broken({ versions: new Map([["t1", 5]]) })).toEqual(["ticket t1 is at version 5, and has 4 events"]);
    expect(broken({ backlog: new Map([["t2", 1]]) })).toEqual(["ticket t2 has no events"]);
    expect(broken({ numbers: [4, 4, 3] })).toEqual([
      "the clock, the newest event and the number of events are 4, 4, 3",
    ]);
  });
});

describe("a ticket with its conversation", () => {
  const shown = {
    id: "t1",
    version: 4,
    status: "pending",
    priority: "high",
    assignee_id: null,
    tags: ["billing"],
    message: "Where is it? #c1-1#",
    agent_note: "#c1-2# Sent.",
    conversation: {
      items: [
        { version: 1, kind: "message", from: "customer", body: "Where is it? #c1-1#" },
        { version: 2, kind: "note", from: "agent", body: "#c1-2# Sent." },
        { version: 3, kind: "message", from: "agent", body: "#c2-1# It is in Lyon." },
      ],
      next_cursor: null,
    },
  };

  test("that is its history is sound", () => {
    expect(checkDetails("t1", shown, EVENTS)).toEqual([]);
  });

  test("that is not", () => {
    const short = { ...shown, conversation: { ...shown.conversation, items: shown.conversation.items.slice(0, 2) } };
    expect(details(checkDetails("t1", short, EVENTS))).toEqual([
      "ticket t1 is not its history: length is 2 instead of 3",
    ]);
    expect(details(checkDetails("t1", { ...shown, version: 3 }, EVENTS))).toEqual([
      "ticket t1 is not its history: version is 3 instead of 4",
    ]);
    expect(details(checkDetails("t1", undefined, EVENTS))).toEqual(["ticket t1 is not there, or has no history"]);
    expect(checkDetails("t1", undefined, [])).toEqual([]);
  });
});
