import { describe, expect, test } from "vitest";
import type { EventSeen } from "./answers.ts";
import { checkLog } from "./check-log.ts";
import type { Command, ImportTicket } from "./commands.ts";
import { ATTEMPTS, attempt, EVENTS, eventOf, logOf, MESSAGE, NOTE, STATUS } from "./doctored.ts";
import type { Attempt } from "./ledger.ts";

const SETTINGS = [
  { type: "AssignTicket", ticket_id: "t1", assignee_id: "ada" },
  { type: "SetPriority", ticket_id: "t1", priority: "low" },
  { type: "SetTags", ticket_id: "t1", tags: ["billing", "login"] },
] as const satisfies Command[];

const found = (events: readonly EventSeen[], attempts: readonly Attempt[] = ATTEMPTS) =>
  checkLog(logOf(events), attempts, new Set()).map(({ kind, detail }) => `${kind}: ${detail}`);

/** The commands, one of them with another fate. */
const but = (index: number, fate: Partial<Attempt>) =>
  ATTEMPTS.map((one, place) => (place === index ? { ...one, ...fate } : one));

/** The events without one; the later ones close up, as if it had never been. */
const without = (version: number) =>
  EVENTS.filter((event) => event.version !== version).map((event, index) => ({ ...event, version: index + 1 }));

/** The events and one more. */
const and = (command: Command) => [...EVENTS, eventOf(command, EVENTS.length + 1)];

test("a log that is as acknowledged is sound", () => {
  expect(found(EVENTS)).toEqual([]);
});

test("tickets from before the clients are held to nobody's commands", () => {
  expect(checkLog(logOf(EVENTS), [], new Set(["t1"]))).toEqual([]);
});

describe("lost is", () => {
  test("an acknowledged note that is not there", () => {
    expect(found(without(2))).toContainEqual(
      "lost: AddAgentNote #c1-2# was acknowledged as t1 version 2, and is not there",
    );
  });

  test("a ticket of which nothing is there", () => {
    expect(checkLog(new Map(), ATTEMPTS, new Set()).map(({ kind }) => kind)).toEqual(["lost", "lost", "lost", "lost"]);
  });

  test("a message that is at another version than acknowledged", () => {
    expect(found(EVENTS, but(2, { answers: [{ id: "t1", version: 2 }] }))).toEqual([
      "lost: AddMessage #c2-1# was acknowledged as t1 version 2, and is at t1 version 3",
    ]);
  });

  test("a text that is not the one that was sent", () => {
    expect(found(EVENTS, but(1, { command: { ...NOTE, note: "#c1-2# Sent by post." } }))).toEqual([
      'lost: AddAgentNote #c1-2# is at t1 version 2, but its body is "#c1-2# Sent." instead of "#c1-2# Sent by post."',
    ]);
  });

  test("an acknowledged status that does not hold", () => {
    expect(found(EVENTS, but(3, { command: { ...STATUS, new_status: "resolved" } }))).toContainEqual(
      'lost: UpdateStatus #c2-2# to status "resolved" was acknowledged as t1 version 4, and there is status "pending"',
    );
    expect(found(without(4))).toEqual([
      'lost: UpdateStatus #c2-2# to status "pending" was acknowledged as t1 version 4, and that version is not there',
    ]);
  });

  test.each(SETTINGS)("an acknowledged $type that does not hold", (command) => {
    const attempts = [...ATTEMPTS, attempt("#c2-3#", command, { answers: [{ id: "t1", version: 5 }] })];
    expect(found(and(command), attempts)).toEqual([]);
    // What is there already stays: no event, and the same version.
    const repeated = attempt("#c2-4#", command, { answers: [{ id: "t1", version: 5 }] });
    expect(found(and(command), [...attempts, repeated])).toEqual([]);
    expect(found([...EVENTS, eventOf(NOTE, 5)], attempts)).toContainEqual(
      expect.stringMatching(/^lost: \w+ #c2-3# to \w+ .* was acknowledged as t1 version 5, and there is \w+ /),
    );
  });
});

describe("doubled is", () => {
  test("a text that is there twice", () => {
    expect(found(and(MESSAGE))).toEqual(["doubled: AddMessage #c2-1# took effect at t1 version 3 and t1 version 5"]);
  });

  test("a status that was set a second time, after a message had reopened the ticket", () => {
    const reply: Command = { type: "AddMessage", ticket_id: "t1", from: "customer", body: "#c2-3#" };
    const events = [...and(reply), eventOf(STATUS, 6)];
    const attempts = [...ATTEMPTS, attempt("#c2-3#", reply, { answers: [{ id: "t1", version: 5 }] })];
    expect(found(events, attempts)).toEqual([
      `doubled: status.updated at t1 version 6, to status "pending", is a second effect, or nobody's`,
    ]);
  });

  test.each(SETTINGS)("a $type that nobody has given", (command) => {
    expect(found(and(command))).toEqual([expect.stringMatching(/^doubled: \w+\.updated at t1 version 5, to /)]);
  });

  test("a repeated command with two different answers", () => {
    const answers = [
      { id: "t1", version: 3 },
      { id: "t1", version: 5 },
    ];
    expect(found(EVENTS, but(2, { key: "k", answers }))).toEqual([
      "lost: AddMessage #c2-1# was acknowledged as t1 version 5, and is at t1 version 3",
    ]);
  });
});

describe("a command without an answer", () => {
  const lost = attempt("#c3-1#", { type: "AddAgentNote", ticket_id: "t1", note: "#c3-1#" }, { unknown: 1 });
  const closed = attempt("#c3-2#", { ...STATUS, new_status: "closed" }, { unknown: 1 });

  test("may have taken effect, once, or not", () => {
    expect(found(EVENTS, [...ATTEMPTS, lost, closed])).toEqual([]);
    expect(found(and(lost.command), [...ATTEMPTS, lost])).toEqual([]);
    expect(found(and(closed.command), [...ATTEMPTS, closed])).toEqual([]);
    expect(found([...and(lost.command), eventOf(lost.command, 6)], [...ATTEMPTS, lost])).toEqual([
      "doubled: AddAgentNote #c3-1# took effect at t1 version 5 and t1 version 6",
    ]);
  });

  test("explains one change of the status only", () => {
    const again = [...and(closed.command), eventOf({ ...STATUS, new_status: "closed" }, 6)];
    expect(found(again, [...ATTEMPTS, closed])).toEqual([
      `doubled: status.updated at t1 version 6, to status "closed", is a second effect, or nobody's`,
    ]);
  });

  test("must not have taken effect if it was refused when it was repeated", () => {
    const refused = { ...lost, key: "k", refusals: ["409"] };
    expect(found(EVENTS, [...ATTEMPTS, refused])).toEqual([]);
    expect(found(and(lost.command), [...ATTEMPTS, refused])).toEqual([
      "answer: AddAgentNote #c3-1# was refused (409), and took effect at t1 version 5",
    ]);
  });
});

describe("an import", () => {
  const lines = ["#c0-1#", "#c0-2#"].map((own) => {
    const line = { external_id: own, customer_id: "imported", subject: own, message: own, created_at: 0 };
    return attempt(own, { type: "ImportTicket", ...line }, { key: "import" });
  });
  const log = new Map(lines.map(({ marker, command }) => [marker, [eventOf(command, 1)]]));
  const broken = (fate: Partial<Attempt<ImportTicket>>, there: ReadonlyMap<string, readonly EventSeen[]>) =>
    checkLog(
      there,
      lines.map((line) => ({ ...line, ...fate })),
      new Set(),
    ).map(({ detail }) => detail);
  const answered = { answers: [{ id: undefined, version: 1 }] };

  test("that was acknowledged is there, each line once", () => {
    expect(broken(answered, log)).toEqual([]);
    expect(broken(answered, new Map())).toEqual([
      "ImportTicket #c0-1# was acknowledged, and is not there",
      "ImportTicket #c0-2# was acknowledged, and is not there",
    ]);
  });

  test("without an answer is there as a whole, or not at all", () => {
    expect(broken({ unknown: 1 }, log)).toEqual([]);
    expect(broken({ unknown: 1 }, new Map())).toEqual([]);
    expect(broken({ unknown: 1 }, new Map([...log].slice(1)))).toEqual([
      "of the import import, 1 of 2 lines are there",
    ]);
  });
});

test("a gap, and a version that is there twice", () => {
  expect(found(EVENTS.map((event) => (event.version === 4 ? { ...event, version: 5 } : event)))).toContainEqual(
    "gap: ticket t1 has the versions 1, 2, 3, 5",
  );
  expect(found(EVENTS.map((event) => (event.version === 4 ? { ...event, version: 3 } : event)))).toContainEqual(
    "gap: ticket t1 has the versions 1, 2, 3, 3",
  );
});

test("an event that nobody asked for", () => {
  expect(found(and({ ...NOTE, note: "#c7-7#" }))).toEqual(["unasked: note.added at t1 version 5 is nobody's"]);
  expect(found(and({ ...NOTE, note: "without a marker" }))).toEqual([
    "unasked: note.added at t1 version 5 is nobody's",
  ]);
});
