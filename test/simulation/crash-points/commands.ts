import type { ChangeTicket, CreateTicket } from "../../../src/domain/decide.ts";
import type { Act, Play } from "./play.ts";
import { attemptOf, changed, created, deliverAll, note, opening, rivalChange, settle } from "./scene.ts";
import type { Rivals, Stage } from "./stage.ts";

const KEY = "key-of-the-act";

interface CommandAct {
  readonly command: CreateTicket | ChangeTicket;
  readonly ticketId?: string;
  readonly key?: string | undefined;
  readonly ifMatch?: number;
  readonly rivals?: Rivals;
  /** A rule forbids it. */
  readonly refused?: boolean;
}

/** A client gives a command; with a key, it sends it again until it knows what became of it. */
function give(stage: Stage, { command, rivals, refused = false, ...given }: CommandAct): Act {
  const attempt = attemptOf(stage, command, given);
  const knows = () => attempt.answers.length > 0 || !attempt.unknown;
  return {
    run: (deps) => stage.ann.send(deps, attempt),
    died: () => {
      attempt.unknown = true;
    },
    ...(rivals && { rivals }),
    again: async () => {
      if (attempt.key === undefined || knows()) return;
      await stage.invoke("ann sends it again", (deps) => stage.ann.send(deps, attempt));
    },
    check: () => {
      const answered = attempt.answers.length > 0;
      if (refused && answered) stage.ledger.violated("a command was taken that a rule forbids");
      const mustKnow = attempt.key !== undefined || !attempt.unknown;
      if (!refused && mustKnow && !answered) stage.ledger.violated("a command with a key was never answered");
    },
  };
}

/** The same play without and with an idempotency key. */
function withAndWithoutKey(
  name: string,
  calls: number,
  begin: (stage: Stage, key: string | undefined) => Promise<CommandAct>,
): Play[] {
  return [undefined, KEY].map((key) => ({
    name: key === undefined ? name : `${name}, with a key`,
    calls,
    begin: async (stage) => give(stage, { ...(await begin(stage, key)), key }),
  }));
}

const status = (new_status: "open" | "pending" | "resolved" | "closed"): ChangeTicket => ({
  type: "UpdateStatus",
  new_status,
});
const message = (from: "customer" | "agent"): ChangeTicket => ({ type: "AddMessage", from, body: "A  message" });

/** What may be done to a ticket in some state. */
function change(name: string, command: ChangeTicket, before: readonly ChangeTicket[] = []): Play[] {
  return withAndWithoutKey(name, 3, async (stage) => {
    const ticketId = await created(stage);
    for (const earlier of before) await changed(stage, ticketId, earlier);
    return { ticketId, command };
  });
}

function refusedChange(name: string, command: ChangeTicket, before: readonly ChangeTicket[]): Play[] {
  return withAndWithoutKey(name, 1, async (stage) => {
    const ticketId = await created(stage);
    for (const earlier of before) await changed(stage, ticketId, earlier);
    return { ticketId, command, refused: true };
  });
}

export const COMMANDS: readonly Play[] = [
  ...withAndWithoutKey("a create", 2, async () => ({ command: opening() })),
  ...withAndWithoutKey("a create with external_id", 2, async () => ({ command: opening({ external_id: "e-1" }) })),
  ...withAndWithoutKey("a follow-up", 3, async (stage) => ({
    command: opening({ follow_up_of: await created(stage) }),
  })),
  ...withAndWithoutKey("a create whose external_id is taken", 3, async (stage) => {
    await created(stage, { external_id: "e-1" });
    return { command: opening({ external_id: "e-1" }), refused: true };
  }),
  ...withAndWithoutKey("a follow-up of nothing", 1, async () => ({
    command: opening({ follow_up_of: "01900000-0000-7000-8000-000000000000" }),
    refused: true,
  })),
  ...change("a status", status("pending")),
  ...change("a note", note("a note")),
  ...change("a message", message("agent")),
  ...change("an assignee", { type: "AssignTicket", assignee_id: "ada" }),
  ...change("a priority", { type: "SetPriority", priority: "urgent" }),
  ...change("tags", { type: "SetTags", tags: ["a", "c"] }),
  ...change("an assignee of a closed ticket", { type: "AssignTicket", assignee_id: "ada" }, [status("closed")]),
  ...change("a message that reopens", message("customer"), [status("resolved")]),
  ...change("a note on a closed ticket", note("late"), [status("closed")]),
  ...refusedChange("a message on a closed ticket", message("customer"), [status("closed")]),
  ...refusedChange("a status that cannot be reached", status("pending"), [status("resolved")]),
  {
    name: "a status that is so already",
    calls: 1,
    begin: async (stage) => give(stage, { ticketId: await created(stage), command: status("open") }),
  },
  {
    name: "a status that is so already, with a key",
    calls: 2,
    begin: async (stage) => give(stage, { ticketId: await created(stage), command: status("open"), key: KEY }),
  },
  ...withAndWithoutKey("a change at the version that If-Match names", 3, async (stage) => ({
    ticketId: await created(stage),
    command: note("matched"),
    ifMatch: 1,
  })),
  ...withAndWithoutKey("a change at another version than If-Match names", 1, async (stage) => ({
    ticketId: await created(stage),
    command: note("too late"),
    ifMatch: 7,
    refused: true,
  })),
  ...withAndWithoutKey("a change that a rival overtakes", 5, async (stage) => {
    const ticketId = await created(stage);
    const rivals = new Map([[2, () => rivalChange(stage, ticketId)]]);
    return { ticketId, command: status("pending"), rivals };
  }),
  ...withAndWithoutKey("a change that two rivals overtake", 7, async (stage) => {
    const ticketId = await created(stage);
    const rival = () => rivalChange(stage, ticketId);
    const rivals = new Map([
      [2, rival],
      [4, rival],
    ]);
    return { ticketId, command: message("agent"), rivals };
  }),
  ...withAndWithoutKey("a change of a ticket that is projected", 3, async (stage) => {
    const ticketId = await created(stage);
    await deliverAll(stage);
    return { ticketId, command: message("agent") };
  }),
  ...withAndWithoutKey("a change by somebody whose token names other tickets", 3, async (stage) => {
    await created(stage);
    await deliverAll(stage);
    await created(stage);
    return { ticketId: await created(stage), command: message("agent") };
  }),
  {
    name: "a status that is so already, by somebody whose token names other tickets",
    calls: 1,
    begin: async (stage) => {
      const ticketId = await created(stage);
      await created(stage);
      return give(stage, { ticketId, command: status("open") });
    },
  },
  {
    name: "a status that is so already, by somebody whose token names other tickets, with a key",
    calls: 2,
    begin: async (stage) => {
      const ticketId = await created(stage);
      await created(stage);
      return give(stage, { ticketId, command: status("open"), key: KEY });
    },
  },
  ...withAndWithoutKey("a change of a parked ticket", 3, async (stage) => {
    const ticketId = await created(stage, { subject: "unwritable" });
    await settle(stage);
    return { ticketId, command: message("agent") };
  }),
  {
    name: "a change whose key was answered before",
    calls: 1,
    begin: async (stage) => {
      const ticketId = await created(stage);
      const attempt = await changed(stage, ticketId, note("once"), { key: KEY });
      await changed(stage, ticketId, note("twice"));
      return { run: (deps) => stage.ann.send(deps, attempt) };
    },
  },
  twins("a create that is sent twice at once", opening()),
  {
    name: "a change that is sent twice at once",
    calls: 3,
    begin: async (stage) => twin(stage, note("twin"), await created(stage), 2),
  },
];

function twins(name: string, command: CreateTicket): Play {
  return { name, calls: 2, begin: async (stage) => twin(stage, command, undefined, 1) };
}

/** The same command, with its key, by two ways at once: the other one is faster. */
function twin(
  stage: Stage,
  command: CreateTicket | ChangeTicket,
  ticketId: string | undefined,
  beforeCall: number,
): Act {
  const act = give(stage, { command, key: KEY, ...(ticketId !== undefined && { ticketId }) });
  const attempt = stage.ledger.attempts.at(-1);
  if (!attempt) throw new Error("the scene cannot be set");
  const rival = () => stage.meanwhile("ben sends the same", (deps) => stage.ben.send(deps, attempt));
  return { ...act, rivals: new Map([[beforeCall, rival]]) };
}
