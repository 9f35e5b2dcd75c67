import { z } from "zod";
import { Refusal } from "../errors.ts";
import { foreignId, importedTags, LATEST, party, priority, prose, status, subject } from "./bodies.ts";
import type { Change } from "./event-store.ts";
import { type ChangeTicket, decide, evolve, type TicketEvent, type TicketFact } from "./ticket.ts";

const time = z.int().min(0).max(LATEST).meta({ description: "Milliseconds since 1970, UTC" });

/** What one ticket may hold. */
const MOST_ENTRIES = 10_000;

/** One line of an import: a ticket with its whole conversation. */
export const importLine = z.strictObject({
  external_id: foreignId,
  customer_id: foreignId,
  subject,
  message: prose,
  created_at: time,
  tags: importedTags.default([]),
  priority: priority.default("normal"),
  assignee_id: foreignId.nullable().default(null).meta({ description: "The agent who has it, from its beginning on" }),
  status: status.default("open"),
  status_at: time.optional(),
  messages: z
    .array(z.strictObject({ from: party, agent_id: foreignId.optional(), body: prose, created_at: time }))
    .max(MOST_ENTRIES)
    .default([]),
  notes: z
    .array(z.strictObject({ agent_id: foreignId.optional(), note: prose, created_at: time }))
    .max(MOST_ENTRIES)
    .default([]),
});
export type ImportLine = z.infer<typeof importLine>;

interface Step {
  readonly command: ChangeTicket;
  readonly agent_id: string | null;
  readonly occurred_at: number;
  /** Where the line says so: a JSON pointer. */
  readonly pointer: string;
}

/**
 * Turns a line into the events that it tells of, by the same rules as the commands. The question comes first, then
 * everything else by its time, ties as the line has them: derived fields follow the order of versions.
 *
 * @throws {@link Refusal} where a rule forbids what the line tells, with the field
 */
export function importTicket(line: ImportLine, workspaceId: string, newId: () => string): Change {
  const id = newId();
  const happened = (version: number, occurred_at: number, agent_id: string | null, fact: TicketFact): TicketEvent => ({
    workspace_id: workspaceId,
    ticket_id: id,
    version,
    event_id: newId(),
    agent_id,
    occurred_at,
    fact,
  });
  const { external_id, customer_id, subject, message, priority, tags } = line;
  const opening = { external_id, customer_id, subject, message, priority, tags, follow_up_of: null };
  const created = happened(1, line.created_at, null, decide(undefined, { type: "CreateTicket", ...opening }));
  let ticket = evolve(undefined, created);
  const events = [created];
  for (const { command, occurred_at, agent_id, pointer } of stepsOf(line)) {
    const fact = at(pointer, () => decide(ticket, command));
    if (!fact) continue;
    const event = happened(ticket.version + 1, occurred_at, agent_id, fact);
    ticket = evolve(ticket, event);
    events.push(event);
  }
  return { ticket, events };
}

function stepsOf({ created_at, assignee_id, messages, notes, status, status_at }: ImportLine): Step[] {
  const steps: Step[] = [
    {
      command: { type: "AssignTicket", assignee_id },
      agent_id: null,
      occurred_at: created_at,
      pointer: "/assignee_id",
    },
    ...messages.map(({ from, body, created_at, agent_id = null }, index) => ({
      command: { type: "AddMessage", from, body } as const,
      agent_id,
      occurred_at: created_at,
      pointer: `/messages/${index}`,
    })),
    ...notes.map(({ note, created_at, agent_id = null }, index) => ({
      command: { type: "AddAgentNote", note } as const,
      agent_id,
      occurred_at: created_at,
      pointer: `/notes/${index}`,
    })),
  ];
  // Without a time, the status is how the thread ended.
  const ended = steps.reduce((latest, { occurred_at }) => Math.max(latest, occurred_at), created_at);
  const move: Step = {
    command: { type: "UpdateStatus", new_status: status },
    agent_id: null,
    occurred_at: status_at ?? ended,
    pointer: "/status",
  };
  // Sorting is stable: ties stay as they are here, the status last.
  return [...steps, move].toSorted((one, other) => one.occurred_at - other.occurred_at);
}

function at<T>(pointer: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.code, error.message, pointer) : error;
  }
}
