import type { ChangeTicket, CreateTicket } from "../../src/commands/ticket.ts";
import type { ReadTicket } from "../../src/db/read.ts";
import type { ticketEvents } from "../../src/db/source.ts";
import { type ExpectedItem, itemOf, type Moment } from "../oracle/ticket-list.ts";
import type { Attempt, Ledger, ListSeen } from "./ledger.ts";
import { POISONOUS, type World } from "./world.ts";

type EventRow = typeof ticketEvents.$inferSelect;

/** The history of one ticket, as the log has it, with the command behind each event. */
interface Story {
  readonly events: readonly EventRow[];
  readonly attempts: readonly Attempt[];
}

/**
 * The oracle: holds the event log to what clients sent and were answered, and computes from their commands alone what every
 * row must be. It shares no code with the projector.
 */
export class Oracle {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #stories: ReadonlyMap<string, Story>;

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
    const byMarker = new Map(ledger.attempts.map((attempt) => [attempt.marker, attempt]));
    const events = world.d1.peek<EventRow>("SELECT * FROM ticket_events ORDER BY ticket_id, version");
    this.#stories = new Map(
      [...Map.groupBy(events, ({ ticket_id }) => ticket_id)].map(([id, log]) => {
        const attempts = log.flatMap((event) => byMarker.get(event.agent_id ?? "") ?? []);
        if (attempts.length < log.length) ledger.violated(`the log of ${id} has events that nobody asked for`);
        return [id, { events: log, attempts }];
      }),
    );
  }

  /** Promise 1: nothing acknowledged is lost, and each command took effect exactly once. */
  checkCommands(): void {
    const effects = new Map<string, EventRow[]>();
    for (const { events } of this.#stories.values()) {
      for (const event of events)
        effects.set(event.agent_id ?? "", [...(effects.get(event.agent_id ?? "") ?? []), event]);
    }
    for (const attempt of this.#ledger.attempts) this.#checkAttempt(attempt, effects.get(attempt.marker) ?? []);
    for (const [id, { events }] of this.#stories) {
      if (events.some(({ version }, index) => version !== index + 1)) this.#violated(`the versions of ${id} have gaps`);
    }
  }

  #checkAttempt(attempt: Attempt, effects: readonly EventRow[]): void {
    const { marker, answers, command, ifMatch } = attempt;
    const [effect] = effects;
    if (effects.length > 1) this.#violated(`${marker} took effect ${effects.length} times`);
    const different = new Set(answers.map(({ id, version }) => `${id} ${version}`));
    if (different.size > 1) this.#violated(`${marker} was answered differently: ${[...different].join(", ")}`);
    for (const answer of answers) {
      if (answer.wrote && !effect) this.#violated(`${marker} was acknowledged, and is lost`);
      if (effect && (effect.ticket_id !== answer.id || effect.version !== answer.version)) {
        this.#violated(`${marker} was acknowledged at ${answer.version}, and is at ${effect.version}`);
      }
    }
    if (effect && answers.length === 0 && !attempt.unknown) this.#violated(`${marker} was refused, and took effect`);
    if (effect && ifMatch !== undefined && effect.version !== ifMatch + 1) this.#violated(`${marker} ignored If-Match`);
    const text =
      "message" in command
        ? command.message
        : "note" in command
          ? command.note
          : "body" in command
            ? command.body
            : null;
    if (effect && effect.body !== text) this.#violated(`${marker} was recorded with another text`);
  }

  /** Promise 2: the read model is the projection of the source, row by row, and nothing waits. */
  checkConverged(): void {
    this.checkRows(() => true);
    const backlog = this.#world.d1.peek("SELECT * FROM projection_backlog");
    if (backlog.length > 0) this.#violated(`the backlog is not empty: ${JSON.stringify(backlog)}`);
    const [clock] = this.#world.d1.peek<{ seq: number }>("SELECT seq FROM db_clock");
    const [newest] = this.#world.d1.peek<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM ticket_events");
    if (clock?.seq !== newest?.seq) this.#violated(`db_clock is at ${clock?.seq}, the log at ${newest?.seq}`);
    this.#checkCounts();
  }

  /** Promise 2, for the counters; and promise 6: lists are answered, all rows are the newest projector's. */
  #checkCounts(): void {
    const { d1 } = this.#world;
    const expected = new Map<string, number>();
    for (const story of this.#stories.values()) {
      const { status } = expectedRow(story, story.events.length);
      expected.set(status, (expected.get(status) ?? 0) + 1);
    }
    const counts = d1.peek<{ value: string; count: number }>("SELECT value, count FROM read_counts WHERE count <> 0");
    for (const { value, count } of counts) {
      if (count !== (expected.get(value) ?? 0))
        this.#violated(`${count} are counted as ${value}, ${expected.get(value)} are`);
    }
    if (counts.length !== expected.size) this.#violated(`${counts.length} counters for ${expected.size} statuses`);
    const [clock] = d1.peek<{ tickets: number; complete: number }>("SELECT tickets, complete FROM db_clock");
    if (clock?.tickets !== this.#stories.size)
      this.#violated(`${clock?.tickets} tickets are counted, ${this.#stories.size} are there`);
    if (clock?.complete !== 1) this.#violated("the read model is whole, and is not called so");
    const [old] = d1.peek<{ n: number }>("SELECT count(*) AS n FROM read_tickets WHERE projector <> 2");
    if (old?.n !== 0) this.#violated(`${old?.n} rows are of an older projector`);
  }

  /** Promise 7: audits find what is wrong, and nothing else. */
  checkDrift(expected: ReadonlyMap<string, { readonly least: number; readonly most: number }>): void {
    const found = new Map(
      this.#world.d1
        .peek<{ kind: string; found: number }>("SELECT kind, found FROM projection_drift_counts")
        .map(({ kind, found }) => [kind, found]),
    );
    for (const kind of new Set([...found.keys(), ...expected.keys()])) {
      const count = found.get(kind) ?? 0;
      const { least, most } = expected.get(kind) ?? { least: 0, most: 0 };
      if (count < least || count > most)
        this.#violated(`drift of kind ${kind}: found ${count}, there were ${least} to ${most}`);
    }
    const open = this.#world.d1.peek<{ kind: string }>("SELECT kind FROM projection_drift WHERE healed_at IS NULL");
    if (open.length > 0) this.#violated(`drift is not healed: ${open.map(({ kind }) => kind).join(", ")}`);
  }

  /** Promise 5: what cannot be projected is parked and visible; everything else is projected. */
  checkParked(): void {
    this.checkRows((subject) => !POISONOUS.has(subject));
    const waiting = this.#world.d1.peek<{ ticket_id: string; parked_at: number | null; error: string | null }>(
      "SELECT ticket_id, parked_at, error FROM projection_backlog",
    );
    for (const { ticket_id, parked_at, error } of waiting) {
      if (!this.#isPoisonous(ticket_id)) this.#violated(`${ticket_id} is sound, and still in the backlog`);
      else if (parked_at === null || !error) this.#violated(`${ticket_id} cannot be projected, and is not parked`);
    }
    const parked = new Set(waiting.map(({ ticket_id }) => ticket_id));
    for (const id of this.#stories.keys()) {
      if (this.#isPoisonous(id) && !parked.has(id))
        this.#violated(`${id} cannot be projected, and is not in the backlog`);
    }
  }

  /** The rows of tickets with these subjects equal what the commands amount to. */
  checkRows(wanted: (subject: string) => boolean): void {
    const rows = new Map(this.#world.d1.peek<ReadTicket>("SELECT * FROM read_tickets").map((row) => [row.id, row]));
    for (const [id, story] of this.#stories) {
      const expected = expectedRow(story, story.events.length);
      if (!wanted(expected.subject)) continue;
      const difference = differenceOf(rows.get(id) && shownBy(rows.get(id)), expected);
      if (difference) this.#violated(`the row of ${id} is not its projection: ${difference}`);
    }
    for (const id of rows.keys()) if (!this.#stories.has(id)) this.#violated(`a row without a ticket: ${id}`);
  }

  /** Promises 3 and 4: each answered list shows what it had to, and nothing that never was. */
  checkLists(): void {
    for (const list of this.#ledger.lists) this.#checkList(list);
  }

  #checkList({ client, items, as_of, stale, expected, byNote, knowsNotes }: ListSeen): void {
    // What the older deployment says of notes is its own business.
    if (byNote && !knowsNotes) return;
    const shown = new Map(items.map((item) => [item.id, item]));
    if (shown.size < items.length) this.#violated(`a list of ${client} shows a ticket twice`);
    /** A ticket with a note keeps it; one without is not to be shown, unless it has one by now. */
    const isOwed = (id: string, version: number) => {
      const story = this.#stories.get(id);
      return version > 0 && (!byNote || (story !== undefined && expectedRow(story, version).has_note));
    };
    for (const [id, version] of expected) {
      if (isOwed(id, version) && (shown.get(id)?.version ?? 0) < version && !stale.includes(id)) {
        this.#violated(`a list of ${client} shows ${id} at ${shown.get(id)?.version ?? 0} instead of ${version}`);
      }
    }
    for (const id of stale) if (!this.#isPoisonous(id)) this.#violated(`a list calls ${id} stale, which is sound`);
    for (const [id, item] of shown) {
      const story = this.#stories.get(id);
      // Rows of the older deployment are shown until they are done again, but not where somebody asks for notes.
      const ignored = byNote ? [] : ["has_note"];
      const difference = story
        ? differenceOf(item, expectedRow(story, item.version), ignored)
        : "there is no such ticket";
      if (difference) this.#violated(`a list shows ${id} as it never was: ${difference}`);
    }
    for (const [id, { events }] of this.#stories) {
      const owed = events.filter(({ recorded_at }) => recorded_at < as_of).length;
      const version = shown.get(id)?.version ?? 0;
      if (isOwed(id, owed) && version < owed) {
        this.#violated(`as_of promises ${id} at ${owed}, the list of ${client} shows ${version}`);
      }
    }
  }

  #isPoisonous(id: string): boolean {
    const [first] = this.#stories.get(id)?.attempts ?? [];
    return first?.command.type === "CreateTicket" && POISONOUS.has(first.command.subject);
  }

  #violated(promise: string): void {
    this.#ledger.violated(promise);
  }
}

/** What the list must show after the first events of a ticket, from what its clients sent. */
function expectedRow({ events, attempts }: Story, version: number): ExpectedItem {
  const commands = attempts.slice(0, version).map(({ command }) => command);
  const moments = commands.map((command, index) => momentOf(command, events[index]?.occurred_at ?? 0));
  const [opening] = commands;
  if (opening?.type !== "CreateTicket") throw new Error("a history that does not begin with its ticket");
  const { external_id, customer_id, subject, priority, tags } = opening;
  return itemOf({ external_id, customer_id, subject, priority, tags: [...tags] }, moments);
}

function momentOf(command: CreateTicket | ChangeTicket, at: number): Moment {
  switch (command.type) {
    case "CreateTicket":
      return { kind: "message", from: "customer", body: command.message, at };
    case "AddMessage":
      return { kind: "message", from: command.from, body: command.body, at };
    case "AddAgentNote":
      return { kind: "note", at };
    case "UpdateStatus":
      return { kind: "status", status: command.new_status, at };
  }
}

/** The whole list, from the rows of the copy that has answered last. */
export function itemsNow({ d1, answeredBy }: World, byNote: boolean): object[] {
  const rows = d1.peekAt<ReadTicket>(answeredBy, "SELECT * FROM read_tickets ORDER BY updated_at DESC, id DESC");
  return rows.filter(({ has_note }) => !byNote || has_note === 1).flatMap((row) => shownBy(row) ?? []);
}

/** A row of the read table as the list shows it. */
function shownBy(row: ReadTicket | undefined) {
  if (!row) return undefined;
  const { workspace_id: _, projector: __, ...shown } = row;
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...shown,
    tags: JSON.parse(row.tags),
    has_note: row.has_note === 1,
    last_message_at: iso(row.last_message_at),
    waiting_since: iso(row.waiting_since),
    first_replied_at: iso(row.first_replied_at),
    resolved_at: iso(row.resolved_at),
    closed_at: iso(row.closed_at),
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  };
}

function differenceOf(
  actual: object | undefined,
  expected: ExpectedItem,
  ignored: readonly string[] = [],
): string | undefined {
  if (!actual) return "it is missing";
  const found = new Map(Object.entries(actual));
  const wrong = Object.entries(expected).find(
    ([field, value]) => !ignored.includes(field) && JSON.stringify(found.get(field)) !== JSON.stringify(value),
  );
  return wrong && `${wrong[0]} is ${JSON.stringify(found.get(wrong[0]))} instead of ${JSON.stringify(wrong[1])}`;
}
