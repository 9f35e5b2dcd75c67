/**
 * What the ticket list must show for imported lines, by plain computation over arrays: nothing of `src` is used, and it is
 * written from the words of the design, field by field, not by folding events.
 */

/** A line of an import file. */
export interface Line {
  external_id: string;
  customer_id: string;
  subject: string;
  message: string;
  created_at: number;
  tags?: string[];
  priority?: string;
  assignee_id?: string | null;
  status?: string;
  status_at?: number;
  messages: { from: string; agent_id?: string; body: string; created_at: number }[];
  notes?: { agent_id?: string; note: string; created_at: number }[];
}

/** A row of the list, without the id that the service gives. */
export type ExpectedItem = ReturnType<typeof itemOf>;

/** Something that happened to a ticket. */
export type Moment =
  /** `reopens: false`: it belongs to an import, whose status is that of its line. */
  | { kind: "message"; from: string; body: string; at: number; reopens?: false }
  | { kind: "note"; at: number; note?: string }
  /** The texts are gone: see {@link erasedItem}. */
  | { kind: "erased"; at: number }
  | { kind: "status"; status: string; at: number }
  | { kind: "assignee"; assignee_id: string | null; at: number }
  | { kind: "priority"; priority: string; at: number }
  | { kind: "tags"; tags: readonly string[]; at: number };

/** What a ticket begins with. */
export interface Head {
  external_id: string | null;
  customer_id: string;
  subject: string;
  priority: string;
  tags: readonly string[];
}

export function expectedItem(line: Line) {
  return itemOf(headOf(line), storyOf(line));
}

/** What the ticket of a line begins with. */
export function headOf({ external_id, customer_id, subject, priority = "normal", tags = [] }: Line): Head {
  return { external_id, customer_id, subject, priority, tags: [...new Set(tags)] };
}

/** What a line tells, in order: its question first. */
export function storyOf(line: Line): Moment[] {
  const opening: Moment = { kind: "message", from: "customer", body: line.message, at: line.created_at };
  const told = [
    ...line.messages.map(({ from, body, created_at }): Moment => {
      return { kind: "message", from, body, at: created_at, reopens: false };
    }),
    ...(line.notes ?? []).map((one): Moment => ({ kind: "note", note: one.note, at: one.created_at })),
  ];
  const end = Math.max(line.created_at, ...told.map(({ at }) => at));
  const move: Moment = { kind: "status", status: line.status ?? "open", at: line.status_at ?? end };
  const assigned: Moment = { kind: "assignee", assignee_id: line.assignee_id ?? null, at: line.created_at };
  return [opening, ...[assigned, ...told, move].sort((one, other) => one.at - other.at)];
}

/**
 * The row of a ticket with this story, in order; the first moment is its opening message. A status, an assignee, a priority and tags
 * that it has already are no moment.
 */
export function itemOf({ external_id, customer_id, subject, ...begun }: Head, story: readonly Moment[]) {
  // Walk what is set first: which moments count at all depends on it.
  let { priority, tags } = begun;
  let assignee_id: string | null = null;
  let status = "open";
  let reopen_count = 0;
  let resolved_at: number | null = null;
  let closed_at: number | null = null;
  let version = 0;
  const counted: Moment[] = [];
  const created_at = story[0]?.at ?? 0;
  for (const told of story) {
    // Nothing happened to a ticket before there was one, whatever is told.
    const moment = { ...told, at: Math.max(told.at, created_at) };
    if (moment.kind === "status" && moment.status === status) continue;
    if (moment.kind === "assignee") {
      if (moment.assignee_id === assignee_id) continue;
      assignee_id = moment.assignee_id;
    }
    if (moment.kind === "priority") {
      if (moment.priority === priority) continue;
      priority = moment.priority;
    }
    if (moment.kind === "tags") {
      if (moment.tags.length === tags.length && moment.tags.every((tag, index) => tag === tags[index])) continue;
      tags = moment.tags;
    }
    const next =
      moment.kind === "status"
        ? moment.status
        : moment.kind === "message" && moment.from === "customer" && moment.reopens !== false && counted.length > 0
          ? "open"
          : status;
    if (status === "resolved" && next === "open") reopen_count++;
    if (next !== status) {
      if (next === "resolved") resolved_at = moment.at;
      if (next === "open" || next === "pending") resolved_at = null;
      closed_at = next === "closed" ? moment.at : null;
    }
    status = next;
    version++;
    counted.push(moment);
  }

  const messages = counted.filter((moment) => moment.kind === "message");
  const last = messages[messages.length - 1] ?? { body: "", at: 0, from: "" };
  const lastAgent = messages.map(({ from }) => from).lastIndexOf("agent");
  const unanswered = messages.slice(lastAgent + 1).find(({ from }) => from === "customer");
  const notes = counted.filter(({ kind }) => kind === "note").length;
  const points = [...last.body.split(/\s+/u).filter(Boolean).join(" ")];
  return {
    external_id,
    customer_id,
    subject,
    status,
    priority,
    assignee_id,
    tags,
    preview: points.length > 140 ? `${points.slice(0, 140).join("")}…` : points.join(""),
    has_note: notes > 0,
    note_count: notes,
    message_count: messages.length,
    last_message_at: iso(last.at),
    last_message_from: last.from,
    waiting_since: status === "open" || status === "pending" ? iso(unanswered?.at ?? null) : null,
    first_replied_at: iso(messages.find(({ from }) => from === "agent")?.at ?? null),
    resolved_at: iso(resolved_at),
    closed_at: iso(closed_at),
    reopen_count,
    created_at: iso(created_at),
    updated_at: iso(counted.at(-1)?.at ?? created_at),
    version,
  };
}

/** The same row without what is personal: what stays of an erased ticket, whatever else was done to it before and after. */
export function erasedItem(item: Omit<ExpectedItem, "customer_id" | "subject">) {
  return { ...item, external_id: null, customer_id: null, subject: null, tags: [], preview: "" };
}

/** What a list may be narrowed to. */
export interface Wanted {
  status?: readonly string[];
  has_note?: boolean;
  customer_id?: string;
}

/** The list as it must be: filtered, latest change first, ties by the id that the service gave. */
export function expectedList<Item extends ExpectedItem & { id: string }>(
  items: readonly Item[],
  wanted: Wanted,
): Item[] {
  return items
    .filter(
      (item) =>
        (wanted.status === undefined || wanted.status.length === 0 || wanted.status.includes(item.status)) &&
        (wanted.has_note === undefined || item.has_note === wanted.has_note) &&
        (wanted.customer_id === undefined || item.customer_id === wanted.customer_id),
    )
    .sort((one, other) => compare(other.updated_at ?? "", one.updated_at ?? "") || compare(other.id, one.id));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
