import { describe, expect, test } from "vitest";
import { type ChangeTicket, decide } from "../../src/domain/decide.ts";
import type { TicketEvent, TicketFact } from "../../src/domain/events.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { evolve, type Party, STATUSES, type Status, type Ticket } from "../../src/domain/ticket.ts";

/** The time of a ticket's nth event: one a minute. */
const minute = (version: number) => version * 60_000;

const CREATED: TicketFact = {
  type: "ticket.created",
  customer_id: "cus-1",
  subject: "A question",
  body: "How does it work?",
  priority: "high",
  tags: ["billing"],
  external_id: "crm-1",
  follow_up_of: null,
};
const NOTED: TicketFact = { type: "note.added", body: "Look at the log" };

const said = (from: Party): TicketFact => ({ type: "message.added", from, body: "Hello" });
const REOPENED: TicketFact = { type: "message.added", from: "customer", body: "It is back", status: "open" };
const moved = (previous_status: Status, status: Status): TicketFact => ({
  type: "status.updated",
  status,
  previous_status,
});

function event(version: number, fact: TicketFact, occurred_at = minute(version)): TicketEvent {
  return { workspace_id: "w", ticket_id: "t", event_id: `e${version}`, agent_id: null, version, occurred_at, fact };
}

/** A new ticket, after these events. Frozen, so that nothing can change it by the way. */
function ticketAfter(...facts: readonly TicketFact[]): Ticket {
  const created = evolve(undefined, event(1, CREATED));
  return facts.reduce((ticket, fact) => Object.freeze(evolve(ticket, event(ticket.version + 1, fact))), created);
}

const aTicket: Readonly<Record<Status, () => Ticket>> = {
  open: () => ticketAfter(),
  pending: () => ticketAfter(moved("open", "pending")),
  resolved: () => ticketAfter(moved("open", "resolved")),
  closed: () => ticketAfter(moved("open", "closed")),
};

/** What the command comes to: a fact, nothing, or the code of the refusal. */
function outcome(ticket: Ticket, command: ChangeTicket): TicketFact | Refusal["code"] | undefined {
  try {
    return decide(ticket, command);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

describe("CreateTicket", () => {
  const {
    type: _,
    body: message,
    ...given
  } = { ...CREATED, customer_id: "cus-1", subject: "A question", body: "How does it work?" };

  test("brings about a ticket as it was asked for", () => {
    expect(decide(undefined, { type: "CreateTicket", message, ...given })).toEqual(CREATED);
  });

  test("makes a ticket that is open and waits for its first answer", () => {
    expect(evolve(undefined, event(1, CREATED))).toEqual({
      ...given,
      workspace_id: "w",
      id: "t",
      status: "open",
      assignee_id: null,
      message_count: 1,
      last_message_version: 1,
      last_message_at: minute(1),
      last_message_from: "customer",
      note_count: 0,
      last_note_version: null,
      unanswered_since: minute(1),
      first_replied_at: null,
      resolved_at: null,
      closed_at: null,
      reopen_count: 0,
      erased_at: null,
      created_at: minute(1),
      updated_at: minute(1),
      version: 1,
    });
  });
});

describe("UpdateStatus", () => {
  const allowed = ["open → pending", "open → resolved", "open → closed", "pending → open", "pending → resolved"];
  const alsoAllowed = ["pending → closed", "resolved → open", "resolved → closed"];
  const table = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

  test.each(table)("from %s to %s follows the table", (from, to) => {
    const ticket = aTicket[from]();
    const result = outcome(ticket, { type: "UpdateStatus", new_status: to });
    if (from === to) {
      expect(result).toBeUndefined();
    } else if ([...allowed, ...alsoAllowed].includes(`${from} → ${to}`)) {
      expect(result).toEqual(moved(from, to));
      expect(evolve(ticket, event(3, moved(from, to)))).toMatchObject({
        status: to,
        version: 3,
        updated_at: minute(3),
      });
    } else {
      expect(result).toBe(from === "closed" ? "ticket-closed" : "transition-not-allowed");
    }
  });

  test("says that closed tickets cannot be reopened", () => {
    const reopen = () => decide(aTicket.closed(), { type: "UpdateStatus", new_status: "open" });
    expect(reopen).toThrow("Closed tickets cannot be reopened");
  });
});

describe("AddMessage", () => {
  const add = (status: Status, from: Party) => outcome(aTicket[status](), { type: "AddMessage", from, body: "Hello" });

  test.each([
    ["open", "customer", undefined],
    ["open", "agent", undefined],
    ["pending", "customer", "open"],
    ["pending", "agent", undefined],
    ["resolved", "customer", "open"],
    ["resolved", "agent", undefined],
  ] as const)("on a ticket that is %s, from the %s, is one event, with the status %s", (status, from, reopened) => {
    const fact = { ...said(from), ...(reopened && { status: reopened }) };
    expect(add(status, from)).toStrictEqual(fact);
    expect(evolve(aTicket[status](), event(3, fact))).toMatchObject({
      status: reopened ?? status,
      message_count: 2,
      last_message_version: 3,
      last_message_at: minute(3),
      last_message_from: from,
      version: 3,
    });
  });

  test("on a closed ticket is refused, and names follow_up_of", () => {
    for (const from of ["customer", "agent"] as const) {
      expect(add("closed", from)).toBe("ticket-closed");
      expect(() => decide(aTicket.closed(), { type: "AddMessage", from, body: "Hello" })).toThrow("follow_up_of");
    }
  });
});

describe("AddAgentNote", () => {
  test.each(STATUSES)("is taken when the ticket is %s, and moves nothing", (status) => {
    const ticket = aTicket[status]();
    expect(outcome(ticket, { type: "AddAgentNote", note: "Look at the log" })).toEqual(NOTED);
    const version = ticket.version + 1;
    const noted = { note_count: 1, last_note_version: version, updated_at: minute(version), version };
    expect(evolve(ticket, event(version, NOTED))).toEqual({ ...ticket, ...noted });
  });
});

describe("what a ticket is filed under", () => {
  const filings: readonly { command: ChangeTicket; fact: TicketFact; after: Partial<Ticket> }[] = [
    {
      command: { type: "AssignTicket", assignee_id: "ada" },
      fact: { type: "assignee.updated", assignee_id: "ada", previous_assignee_id: null },
      after: { assignee_id: "ada" },
    },
    {
      command: { type: "SetPriority", priority: "urgent" },
      fact: { type: "priority.updated", priority: "urgent", previous_priority: "high" },
      after: { priority: "urgent" },
    },
    {
      command: { type: "SetTags", tags: ["invoice", "billing"] },
      fact: { type: "tags.updated", tags: ["invoice", "billing"], previous_tags: ["billing"] },
      after: { tags: ["invoice", "billing"] },
    },
  ];
  const cases = STATUSES.flatMap((status) =>
    filings.map((filing) => ({ status, name: filing.command.type, ...filing })),
  );

  test.each(cases)(
    "changes by $name when the ticket is $status, and nothing else does",
    ({ status, command, fact, after }) => {
      const ticket = aTicket[status]();
      expect(outcome(ticket, command)).toEqual(fact);
      const version = ticket.version + 1;
      const filed = evolve(ticket, event(version, fact));
      expect(filed).toEqual({ ...ticket, ...after, version, updated_at: minute(version) });
      expect(outcome(filed, command), "the same again").toBeUndefined();
    },
  );

  test("can be nobody, and no tags", () => {
    const assigned = ticketAfter({ type: "assignee.updated", assignee_id: "ada", previous_assignee_id: null });
    const fact = { type: "assignee.updated", assignee_id: null, previous_assignee_id: "ada" };
    expect(outcome(assigned, { type: "AssignTicket", assignee_id: null })).toEqual(fact);
    expect(outcome(assigned, { type: "AssignTicket", assignee_id: "ben" })).toMatchObject({ assignee_id: "ben" });
    expect(outcome(assigned, { type: "SetTags", tags: [] })).toMatchObject({ tags: [], previous_tags: ["billing"] });
  });

  test("is another list of tags where only their order is another", () => {
    const tagged = ticketAfter({ type: "tags.updated", tags: ["a", "b"], previous_tags: ["billing"] });
    expect(outcome(tagged, { type: "SetTags", tags: ["b", "a"] })).toMatchObject({ tags: ["b", "a"] });
    expect(outcome(tagged, { type: "SetTags", tags: ["a"] })).toMatchObject({ tags: ["a"] });
    expect(outcome(tagged, { type: "SetTags", tags: ["a", "c"] })).toMatchObject({ tags: ["a", "c"] });
  });
});

describe("a ticket after its events", () => {
  test("has been unanswered since the earliest customer message after the last answer", () => {
    const { unanswered_since } = ticketAfter(said("customer"), NOTED, said("customer"));
    expect(unanswered_since).toBe(minute(1));
    expect(ticketAfter(said("customer"), said("agent")).unanswered_since).toBeNull();
    expect(ticketAfter(said("agent"), NOTED, said("customer"), said("customer")).unanswered_since).toBe(minute(4));
    expect(ticketAfter(said("agent"), moved("open", "resolved"), REOPENED).unanswered_since).toBe(minute(4));
    expect(ticketAfter(moved("open", "closed")).unanswered_since).toBe(minute(1));
  });

  test("was first replied to by the first agent message, never by a note", () => {
    expect(ticketAfter(NOTED, said("customer")).first_replied_at).toBeNull();
    expect(ticketAfter(NOTED, said("agent"), said("customer"), said("agent")).first_replied_at).toBe(minute(3));
  });

  test("was resolved at the latest resolution that nothing has undone", () => {
    expect(ticketAfter(moved("open", "resolved"), NOTED, said("agent")).resolved_at).toBe(minute(2));
    expect(ticketAfter(moved("open", "resolved"), moved("resolved", "open")).resolved_at).toBeNull();
    expect(ticketAfter(moved("open", "resolved"), REOPENED).resolved_at).toBeNull();
    const again = ticketAfter(
      moved("open", "resolved"),
      REOPENED,
      moved("open", "pending"),
      moved("pending", "resolved"),
    );
    expect(again.resolved_at).toBe(minute(5));
  });

  test("keeps its resolution when it is closed, and has none when it was closed without", () => {
    const closed = ticketAfter(moved("open", "resolved"), moved("resolved", "closed"));
    expect(closed).toMatchObject({ resolved_at: minute(2), closed_at: minute(3) });
    expect(ticketAfter(moved("open", "closed"), NOTED)).toMatchObject({ resolved_at: null, closed_at: minute(2) });
    expect(ticketAfter(moved("open", "resolved")).closed_at).toBeNull();
  });

  test("was reopened as often as it went from resolved back to open", () => {
    expect(ticketAfter(moved("open", "pending"), REOPENED).reopen_count).toBe(0);
    expect(ticketAfter(moved("open", "pending"), moved("pending", "open")).reopen_count).toBe(0);
    expect(ticketAfter(moved("open", "resolved"), said("agent"), moved("resolved", "closed")).reopen_count).toBe(0);
    const resolved = moved("open", "resolved");
    expect(ticketAfter(resolved, REOPENED, resolved, moved("resolved", "open"), resolved).reopen_count).toBe(2);
  });

  test("was updated when its last event happened, whatever time an earlier one was given", () => {
    const ahead = evolve(ticketAfter(), event(2, NOTED, minute(600_000)));
    expect(ahead.updated_at).toBe(minute(600_000));
    expect(evolve(ahead, event(3, said("agent"), minute(3)))).toMatchObject({
      updated_at: minute(3),
      last_message_at: minute(3),
      last_message_version: 3,
      version: 3,
    });
  });

  test("has no moment before its creation, whatever its events say", () => {
    const created_at = minute(1);
    const facts = [
      said("agent"),
      NOTED,
      said("customer"),
      moved("open", "resolved"),
      REOPENED,
      moved("open", "closed"),
    ];
    const early = facts.reduce<Ticket>(
      (ticket, fact, index) => evolve(ticket, event(index + 2, fact, minute(0) - index)),
      ticketAfter(),
    );
    expect(early).toMatchObject({
      ...{ created_at, updated_at: created_at, last_message_at: created_at, unanswered_since: created_at },
      ...{ first_replied_at: created_at, closed_at: created_at, reopen_count: 1 },
    });
    const erased = evolve(early, event(8, { type: "ticket.erased" }, 0));
    expect(erased).toMatchObject({ updated_at: created_at, erased_at: created_at });
  });

  test("cannot begin with anything but its creation", () => {
    for (const fact of [NOTED, said("agent"), moved("open", "closed")]) {
      expect(() => evolve(undefined, event(1, fact))).toThrow(fact.type);
    }
  });
});
