import { z } from "zod";
import { decide } from "../domain/decide.ts";
import type { TicketEvent, TicketFact } from "../domain/events.ts";
import { evolve } from "../domain/ticket.ts";
import type { FieldError } from "../platform/input-errors.ts";
import type { Change } from "./event-store.ts";
import { foreignId, importedTags, MAX_TIMESTAMP, party, priority, prose, status, subject } from "./schemas.ts";

/** The largest lead of another system's clock, in milliseconds. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Numbers that are probably seconds since 1970: as seconds they are after March 1973, as milliseconds before it. No support system is
 * that old.
 */
const SECONDS = { from: 100_000_000, until: 100_000_000_000 };

const time = z
  .int()
  .min(0)
  .max(MAX_TIMESTAMP, "must be milliseconds since 1970, up to the year 9999")
  .refine((value) => value < SECONDS.from || value >= SECONDS.until, {
    error: "must be milliseconds since 1970, but looks like seconds: multiply by 1,000",
    abort: true,
  })
  .meta({
    description:
      "Milliseconds since 1970, UTC; at most five minutes in the future. Values that look like seconds are rejected",
  });

/** Messages, and notes, of one imported ticket. */
const MAX_ENTRIES = 10_000;

/** One line of an import: a ticket with its whole conversation. */
export const importLineSchema = z
  .strictObject({
    external_id: foreignId,
    customer_id: foreignId,
    subject,
    message: prose,
    created_at: time,
    tags: importedTags.default([]),
    priority: priority.default("normal"),
    assignee_id: foreignId
      .nullable()
      .default(null)
      .meta({ description: "The agent to whom the ticket is assigned from its creation" }),
    status: status.default("open").meta({ description: "The final status of the ticket" }),
    status_at: time.optional().meta({
      description:
        "When the ticket reached its status. Must not be before `created_at`. The default is the time of the last message or note. " +
        "Later messages and notes do not change the status",
    }),
    messages: z
      .array(z.strictObject({ from: party, agent_id: foreignId.optional(), body: prose, created_at: time }))
      .max(MAX_ENTRIES)
      .default([]),
    notes: z
      .array(z.strictObject({ agent_id: foreignId.optional(), note: prose, created_at: time }))
      .max(MAX_ENTRIES)
      .default([]),
  })
  .refine(({ status_at, created_at }) => status_at === undefined || status_at >= created_at, {
    error: "must not be before created_at",
    path: ["status_at"],
  });
export type ImportLine = z.infer<typeof importLineSchema>;

/**
 * Errors for the times of a line that are in the future.
 *
 * @param now milliseconds since 1970
 */
export function futureTimes({ created_at, status_at, messages, notes }: ImportLine, now: number): FieldError[] {
  const entries = { messages, notes };
  const times: (readonly [pointer: string, at: number | undefined])[] = [
    ["/created_at", created_at],
    ["/status_at", status_at],
    ...Object.entries(entries).flatMap(([name, list]) =>
      list.map(({ created_at }, index) => [`/${name}/${index}/created_at`, created_at] as const),
    ),
  ];
  const detail = `must not be in the future: the server time is ${new Date(now).toISOString()}`;
  return times
    .filter(([, at]) => at !== undefined && at > now + MAX_CLOCK_SKEW_MS)
    .map(([pointer]) => ({ detail, pointer }));
}

interface Step {
  readonly fact: TicketFact;
  readonly agent_id: string | null;
  readonly occurred_at: number;
}

/**
 * Turns a line into the events of a ticket. The first message comes first, then everything else by time, ties in the order of the line,
 * because derived fields follow the order of versions.
 *
 * A line has the ticket's final status, not its history. The status is therefore the only status change: a customer's message after it
 * does not reopen the ticket, and a closed ticket keeps all messages of its line.
 */
export function importTicket(line: ImportLine, workspaceId: string, newId: () => string): Change {
  const id = newId();
  const eventOf = (version: number, { fact, agent_id, occurred_at }: Step): TicketEvent => ({
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
  const created = decide(undefined, { type: "CreateTicket", ...opening });
  const first = eventOf(1, { fact: created, agent_id: null, occurred_at: line.created_at });
  const later = stepsOf(line).map((step, index) => eventOf(index + 2, step));
  return { ticket: later.reduce(evolve, evolve(undefined, first)), events: [first, ...later] };
}

function stepsOf({ created_at, assignee_id, messages, notes, status, status_at }: ImportLine): Step[] {
  const assigned: TicketFact = { type: "assignee.updated", assignee_id, previous_assignee_id: null };
  const moved: TicketFact = { type: "status.updated", status, previous_status: "open" };
  const told = [
    ...messages.map(({ from, body, created_at, agent_id = null }): Step => {
      return { fact: { type: "message.added", from, body }, agent_id, occurred_at: created_at };
    }),
    ...notes.map(({ note, created_at, agent_id = null }): Step => {
      return { fact: { type: "note.added", body: note }, agent_id, occurred_at: created_at };
    }),
  ];
  const ended = told.reduce((latest, { occurred_at }) => Math.max(latest, occurred_at), created_at);
  return [
    ...(assignee_id === null ? [] : [{ fact: assigned, agent_id: null, occurred_at: created_at }]),
    ...told,
    ...(status === "open" ? [] : [{ fact: moved, agent_id: null, occurred_at: status_at ?? ended }]),
    // The sort is stable: ties keep this order, with the status last.
  ].toSorted((one, other) => one.occurred_at - other.occurred_at);
}
