import type { ChangeTicket, CreateTicket } from "../../src/domain/decide.ts";
import type { ReadTicket } from "../../src/platform/tables/read.ts";
import type { ticketEvents } from "../../src/platform/tables/source.ts";
import { type ExpectedItem, erasedItem, itemOf, type Moment } from "../oracle/ticket-list.ts";
import { type Attempt, bulkMarker, type Ledger, type ListSeen } from "./ledger.ts";
import { POISONOUS, PROJECTORS, type World } from "./world.ts";

type EventRow = typeof ticketEvents.$inferSelect;

/** The history of one ticket, as the log has it, with the command behind each event. */
interface Story {
  readonly events: readonly EventRow[];
  readonly attempts: readonly Pick<Attempt, "marker" | "command">[];
  /** The version that erased it; of a ticket that is not erased, none ever. */
  readonly erasedAt: number;
}

/** What stands behind the event of an erasure, which is of many tickets. */
const ERASED = { kind: "erased" } as const;

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
    const erasers = new Set(ledger.erasures.map(({ marker }) => marker));
    const events = world.d1.peek<EventRow>("SELECT * FROM ticket_events ORDER BY ticket_id, version");
    this.#stories = new Map(
      [...Map.groupBy(events, ({ ticket_id }) => ticket_id)].map(([id, log]) => {
        const attempts = log.flatMap((event) => byMarker.get(markerOf(event, byMarker)) ?? []);
        const [erased, ...more] = log.filter(({ agent_id }) => erasers.has(agent_id ?? ""));
        if (attempts.length + (erased ? 1 : 0) < log.length)
          ledger.violated(`the log of ${id} has events that nobody asked for`);
        if (more.length > 0) ledger.violated(`${id} was erased more than once`);
        return [id, { events: log, attempts, erasedAt: erased?.version ?? Number.POSITIVE_INFINITY }];
      }),
    );
  }

  /** Promise 1: nothing acknowledged is lost, and each command took effect exactly once. */
  checkCommands(): void {
    const markers = new Map(this.#ledger.attempts.map(({ marker }) => [marker, true]));
    const events = [...this.#stories.values()].flatMap((story) => story.events);
    const effects = Map.groupBy(events, (event) => markerOf(event, markers));
    for (const attempt of this.#ledger.attempts) this.#checkAttempt(attempt, effects.get(attempt.marker) ?? []);
    for (const { marker, answers } of this.#ledger.bulks) {
      const different = new Set(answers);
      if (different.size > 1) this.#violated(`${marker} was answered differently: ${[...different].join(", ")}`);
    }
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
    const isErased = effect !== undefined && this.#isErased(effect.ticket_id);
    if (effect && effect.body !== (isErased ? null : text)) this.#violated(`${marker} was recorded with another text`);
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
    this.#checkEntries();
  }

  /** Promise 2, for the search tables: an entry for each row, at its place, with the row's own words; and no other. */
  #checkEntries(): void {
    for (const [name, time] of [
      ["read_by_updated", "updated_at"],
      ["read_by_created", "created_at"],
      ["read_by_waiting", "waiting_since"],
    ]) {
      const [found] = this.#world.d1.peek<{ rows: number; right: number; entries: number }>(
        `SELECT (SELECT count(*) FROM read_tickets WHERE ${time} IS NOT NULL) AS rows,
           (SELECT count(*) FROM read_tickets AS row CROSS JOIN ${name} AS entry
             WHERE row.${time} IS NOT NULL AND entry.rowid & 4194303 = row.n AND entry.rowid >> 22 = row.${time} - (1 << 41)
               AND entry.${name} MATCH '"' || substr(row.facets, -22) || '"') AS right,
           (SELECT count(*) FROM ${name}) AS entries`,
      );
      if (!found || found.right !== found.rows || found.entries !== found.rows)
        this.#violated(`${name} has ${found?.entries} entries for ${found?.rows} rows, ${found?.right} of them right`);
    }
  }

  /** Promise 2, for the counters; and promise 6: lists are answered, all rows are the newest projector's. */
  #checkCounts(): void {
    const { d1 } = this.#world;
    const expected = new Map<string, number>();
    for (const story of this.#stories.values()) {
      for (const cell of cellsOf(expectedRow(story, story.events.length))) {
        expected.set(cell, (expected.get(cell) ?? 0) + 1);
      }
    }
    const cells = d1.peek<{ cell: string; count: number }>("SELECT cell, count FROM read_tallies");
    for (const { cell, count } of cells) {
      if (count !== expected.get(cell)) this.#violated(`${count} are counted as ${cell}, ${expected.get(cell)} are`);
    }
    if (cells.length !== expected.size) this.#violated(`${cells.length} counters for ${expected.size} cells`);
    const [clock] = d1.peek<{ tickets: number; read_rows: number; complete: number }>(
      "SELECT tickets, read_rows, complete FROM db_clock",
    );
    for (const [what, number] of Object.entries({ tickets: clock?.tickets, rows: clock?.read_rows })) {
      if (number !== this.#stories.size)
        this.#violated(`${number} ${what} are counted, ${this.#stories.size} are there`);
    }
    if (clock?.complete !== 1) this.#violated("the read model is whole, and is not called so");
    const [old] = d1.peek<{ n: number }>(`SELECT count(*) AS n FROM read_tickets WHERE projector <> ${PROJECTORS.new}`);
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
      if (!this.#isPoisonousNow(ticket_id)) this.#violated(`${ticket_id} is sound, and still in the backlog`);
      else if (parked_at === null || !error) this.#violated(`${ticket_id} cannot be projected, and is not parked`);
    }
    const parked = new Set(waiting.map(({ ticket_id }) => ticket_id));
    for (const id of this.#stories.keys()) {
      if (this.#isPoisonousNow(id) && !parked.has(id))
        this.#violated(`${id} cannot be projected, and is not in the backlog`);
    }
  }

  /** The rows of tickets with these subjects equal what the commands amount to. */
  checkRows(wanted: (subject: string) => boolean): void {
    const rows = new Map(this.#world.d1.peek<ReadTicket>("SELECT * FROM read_tickets").map((row) => [row.id, row]));
    for (const [id, story] of this.#stories) {
      const expected = expectedRow(story, story.events.length);
      if (expected.subject !== null && !wanted(expected.subject)) continue;
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
      const expected = story && expectedRow(story, item.version);
      // A row loses its texts at once, and gets what else is new with its projection.
      const isBlank = expected && item.subject === null && this.#isErased(id);
      const difference = expected
        ? differenceOf(item, isBlank ? erasedItem(expected) : expected, ignored)
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

  /** What was erased never comes back, wherever it could: each text has its marker in it. */
  checkErased(): void {
    const { d1 } = this.#world;
    const tables = d1.peek<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    const kept = tables.map(({ name }) => [name, JSON.stringify(d1.peek(`SELECT * FROM "${name}"`))] as const);
    for (const [id, { attempts, erasedAt }] of this.#stories) {
      const lost = this.#isErased(id) ? attempts.slice(0, erasedAt - 1) : [];
      for (const { marker } of lost) {
        for (const [name, text] of kept) {
          if (text.includes(`${marker}: `)) this.#violated(`${id} is erased, and ${marker} is still in ${name}`);
        }
      }
    }
    if (d1.peek("SELECT 1 FROM erasures").length > 0) this.#violated("an erasure that was begun is not done");
    for (const { marker, tickets, answered } of this.#ledger.erasures) {
      for (const id of answered ? tickets : []) {
        if (!this.#isErased(id)) this.#violated(`${marker} was answered, and did not erase ${id}`);
      }
    }
  }

  #isErased(id: string): boolean {
    return Number.isFinite(this.#stories.get(id)?.erasedAt);
  }

  /** A ticket that is erased can be projected: what kept it from that is gone. */
  #isPoisonousNow(id: string): boolean {
    return this.#isPoisonous(id) && !this.#isErased(id);
  }

  #isPoisonous(id: string): boolean {
    const [first] = this.#stories.get(id)?.attempts ?? [];
    return first?.command.type === "CreateTicket" && POISONOUS.has(first.command.subject);
  }

  #violated(promise: string): void {
    this.#ledger.violated(promise);
  }
}

/** Whose effect an event is: a command's, or one of a bulk's. */
function markerOf({ agent_id, ticket_id }: EventRow, known: ReadonlyMap<string, unknown>): string {
  const marker = agent_id ?? "";
  return known.has(marker) ? marker : bulkMarker(marker, ticket_id);
}

type ExpectedRow = ExpectedItem | ReturnType<typeof erasedItem>;

/** What the list must show after the first events of a ticket, from what its clients sent. */
function expectedRow({ events, attempts, erasedAt }: Story, version: number): ExpectedRow {
  const commands = attempts.map(({ command }) => command);
  const moments = events.slice(0, version).map(({ occurred_at: at, version: nth }) => {
    if (nth === erasedAt) return { ...ERASED, at };
    const command = commands[nth < erasedAt ? nth - 1 : nth - 2];
    if (!command) throw new Error("an event without its command");
    return momentOf(command, at);
  });
  const [opening] = commands;
  if (opening?.type !== "CreateTicket") throw new Error("a history that does not begin with its ticket");
  const { external_id, customer_id, subject, priority, tags } = opening;
  const item = itemOf({ external_id, customer_id, subject, priority, tags }, moments);
  return version >= erasedAt ? erasedItem(item) : item;
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
    case "AssignTicket":
      return { kind: "assignee", assignee_id: command.assignee_id, at };
    case "SetPriority":
      return { kind: "priority", priority: command.priority, at };
    case "SetTags":
      return { kind: "tags", tags: command.tags, at };
  }
}

/** What is counted of a row. */
function cellsOf({
  status,
  priority,
  assignee_id,
  waiting_since,
  first_replied_at,
}: Omit<ExpectedItem, "customer_id" | "subject">): string[] {
  const isWaiting = Number(waiting_since !== null);
  const isUnreplied = Number(first_replied_at === null);
  return [
    ["assignee", assignee_id, status],
    ["priority", priority, status, isWaiting, isUnreplied],
  ].map((cell) => JSON.stringify(cell));
}

/** The whole list, from the rows of the copy that has answered last. */
export function itemsNow({ d1, answeredBy }: World, byNote: boolean): object[] {
  const rows = d1.peekAt<ReadTicket>(
    answeredBy ?? "primary",
    "SELECT * FROM read_tickets ORDER BY updated_at DESC, id DESC",
  );
  return rows.filter(({ has_note }) => !byNote || has_note === 1).flatMap((row) => shownBy(row) ?? []);
}

/** A row of the read table as the list shows it. */
function shownBy(row: ReadTicket | undefined) {
  if (!row) return undefined;
  const {
    workspace_id: _,
    projector: __,
    facets: ___,
    search_subject: _s,
    search_messages: _m,
    search_notes: _n,
    ...rest
  } = row;
  const { n: ____, ...shown } = { n: 0, ...rest };
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...shown,
    customer_id: row.customer_id === "" ? null : row.customer_id,
    subject: row.subject === "" ? null : row.subject,
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
  expected: ExpectedRow,
  ignored: readonly string[] = [],
): string | undefined {
  if (!actual) return "it is missing";
  const found = new Map(Object.entries(actual));
  const wrong = Object.entries(expected).find(
    ([field, value]) => !ignored.includes(field) && JSON.stringify(found.get(field)) !== JSON.stringify(value),
  );
  return wrong && `${wrong[0]} is ${JSON.stringify(found.get(wrong[0]))} instead of ${JSON.stringify(wrong[1])}`;
}
