const utf8 = new TextEncoder();

/** What stands for itself; everything else is written as a dot and two hexadecimal digits a byte. */
const PLAIN = /^[a-z0-9_-]$/;

function escaped(value: string): string {
  if (/^[a-z0-9_-]*$/.test(value)) return value;
  const characters = Array.from(utf8.encode(value), (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `.${byte.toString(16).padStart(2, "0")}`;
  });
  return characters.join("");
}

/**
 * What a ticket can be found by, beside its text. No name begins with two hexadecimal digits: so an escaped workspace never reads
 * like another one and a name.
 */
export type Facet =
  | "all"
  | "status"
  | "priority"
  | "assignee"
  | "customer"
  | "external"
  | "note"
  | "waiting"
  | "unreplied"
  | "tag"
  | "created"
  | "updated";

/**
 * The word that stands for a facet in the search tables: the projector writes it, and queries look for it. It consists of small
 * letters, digits and `._-`, whatever the value is, and no two facets share one.
 *
 * @param value null where the ticket has none
 */
export function facet(workspaceId: string, name: Facet, value: string | boolean | null = null): string {
  const head = `${escaped(workspaceId)}.${name}`;
  if (value === null) return head;
  return `${head}.${typeof value === "boolean" ? Number(value) : escaped(value)}`;
}

/** What a ticket's facets are computed from. */
export interface Faceted {
  readonly workspace_id: string;
  readonly external_id: string | null;
  readonly customer_id: string;
  readonly status: string;
  readonly priority: string;
  readonly assignee_id: string | null;
  /** A JSON array of strings. */
  readonly tags: string;
  readonly note_count: number;
  readonly waiting_since: number | null;
  readonly first_replied_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/** All facets of a ticket, as words with blanks between them. */
export function facetsOf(ticket: Faceted): string {
  const word = (name: Facet, value?: string | boolean | null) => facet(ticket.workspace_id, name, value);
  const tags: string[] = JSON.parse(ticket.tags);
  const words = [
    word("all"),
    word("status", ticket.status),
    word("priority", ticket.priority),
    word("assignee", ticket.assignee_id),
    word("customer", ticket.customer_id),
    ...(ticket.external_id === null ? [] : [word("external", ticket.external_id)]),
    word("note", ticket.note_count > 0),
    word("waiting", ticket.waiting_since !== null),
    word("unreplied", ticket.first_replied_at === null),
    ...tags.map((tag) => word("tag", tag)),
    ...periodsAt(ticket.created_at).map((period) => word("created", period)),
    ...periodsAt(ticket.updated_at).map((period) => word("updated", period)),
  ];
  return words.join(" ");
}

/** Times outside these have no calendar: all of them are in one period each. */
const FIRST = Date.UTC(1970, 0);
const END = Date.UTC(2101, 0);
const BEFORE = "before";
const AFTER = "after";

const DAY = 86_400_000;

/** The year, the month and the day of a time, UTC. */
export function periodsAt(time: number): string[] {
  if (time < FIRST) return [BEFORE];
  if (time >= END) return [AFTER];
  const date = new Date(time).toISOString();
  return [date.slice(0, 4), date.slice(0, 7), date.slice(0, 10)];
}

/** A part of time: from its beginning, which belongs to it, to its end, which does not. Either may be open. */
export interface Range {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/** The fewest years, months and days that cover a range: some of the first and the last day may lie outside it. */
export function periodsWithin({
  after = Number.NEGATIVE_INFINITY,
  before = Number.POSITIVE_INFINITY,
}: Range): string[] {
  if (after >= before) return [];
  const periods = after < FIRST ? [BEFORE] : [];
  const end = Math.min(Math.ceil(before / DAY) * DAY, END);
  let day = Math.max(Math.floor(after / DAY) * DAY, FIRST);
  while (day < end) {
    const date = new Date(day);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const [nextYear, nextMonth] = [Date.UTC(year + 1, 0), Date.UTC(year, month + 1)];
    const isFirst = date.getUTCDate() === 1;
    const length = isFirst && month === 0 && nextYear <= end ? 4 : isFirst && nextMonth <= end ? 7 : 10;
    periods.push(date.toISOString().slice(0, length));
    day = length === 4 ? nextYear : length === 7 ? nextMonth : day + DAY;
  }
  return before > END ? [...periods, AFTER] : periods;
}
