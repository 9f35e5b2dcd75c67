/** A few clients' commands and the log that they ought to leave, for the tests of the checks to doctor. */
import { type EventSeen, type Row, row } from "./answers.ts";
import type { Command, ImportTicket } from "./commands.ts";
import { type EventLog, expectedRow } from "./history.ts";
import type { Attempt } from "./ledger.ts";

export const START = Date.UTC(2026, 0, 1);

/** A command of a client; without an answer, unless there is more to say. */
export function attempt<Asked extends Command | ImportTicket>(
  marker: string,
  command: Asked,
  more: Partial<Attempt<Asked>> = {},
): Attempt<Asked> {
  return { marker, command, key: undefined, answers: [], refusals: [], unknown: 0, ...more };
}

/** The event that a command leaves at a version. */
export function eventOf(command: Command | ImportTicket, version: number): EventSeen {
  const at = { version, occurred_at: START + version * 1_000, recorded_at: START + version * 1_000 };
  switch (command.type) {
    case "CreateTicket": {
      const { customer_id, subject, priority, tags, message } = command;
      const data = { customer_id, subject, priority, tags: [...tags], external_id: null, body: message };
      return { ...at, type: "ticket.created", data };
    }
    case "ImportTicket": {
      const { external_id, customer_id, subject, message } = command;
      const data = { external_id, customer_id, subject, priority: "normal", tags: [], body: message };
      return { ...at, type: "ticket.created", data };
    }
    case "UpdateStatus":
      return { ...at, type: "status.updated", data: { status: command.new_status } };
    case "AssignTicket":
      return { ...at, type: "assignee.updated", data: { assignee_id: command.assignee_id } };
    case "SetPriority":
      return { ...at, type: "priority.updated", data: { priority: command.priority } };
    case "SetTags":
      return { ...at, type: "tags.updated", data: { tags: [...command.tags] } };
    case "AddAgentNote":
      return { ...at, type: "note.added", data: { body: command.note } };
    case "AddMessage":
      return { ...at, type: "message.added", data: { from: command.from, body: command.body } };
  }
}

/** The row of a ticket after its first events, as the list shows it. */
export function rowOf(id: string, events: readonly EventSeen[], version = events.length): Row {
  return row.parse({ id, ...expectedRow(events, version) });
}

export const CREATE = {
  type: "CreateTicket",
  customer_id: "one",
  subject: "Crash #c1-1#",
  message: "Where is it? #c1-1#",
  priority: "high",
  tags: ["billing"],
} as const satisfies Command;
export const NOTE = { type: "AddAgentNote", ticket_id: "t1", note: "#c1-2# Sent." } as const satisfies Command;
export const MESSAGE = {
  type: "AddMessage",
  ticket_id: "t1",
  from: "agent",
  body: "#c2-1# It is in Lyon.",
} as const satisfies Command;
export const STATUS = { type: "UpdateStatus", ticket_id: "t1", new_status: "pending" } as const satisfies Command;

const COMMANDS = [CREATE, NOTE, MESSAGE, STATUS] as const;

/** The events of ticket `t1`. */
export const EVENTS: readonly EventSeen[] = COMMANDS.map((command, index) => eventOf(command, index + 1));

/** The commands behind them, all acknowledged. */
export const ATTEMPTS: readonly Attempt[] = COMMANDS.map((command, index) =>
  attempt(["#c1-1#", "#c1-2#", "#c2-1#", "#c2-2#"][index] ?? "", command, {
    answers: [{ id: "t1", version: index + 1 }],
  }),
);

/** A log of that ticket alone, after some doctoring. */
export function logOf(events: readonly EventSeen[]): EventLog {
  return new Map([["t1", events]]);
}
