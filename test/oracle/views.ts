import { generateLines, random } from "./lines.ts";
import { hasAll, searchable } from "./search.ts";
import { type ExpectedItem, type Head, headOf, itemOf, type Line, type Moment, storyOf } from "./ticket-list.ts";

/** Any view of the list by plain computation over an array: nothing of `src` is used. */

/** A ticket with all that it can be found by. */
export interface Ticket {
  readonly item: ExpectedItem & { readonly id: string };
  readonly subject: readonly string[];
  /** Of the subject and the public messages, what can be searched. */
  readonly texts: readonly string[];
  readonly notes: readonly string[];
}

/** What a list is asked for, as it stands in a query. */
export interface View {
  status?: string[];
  priority?: string[];
  tag?: string[];
  assignee?: string;
  customer_id?: string;
  external_id?: string;
  has_note?: boolean;
  waiting?: boolean;
  unreplied?: boolean;
  created_after?: string;
  created_before?: string;
  updated_after?: string;
  updated_before?: string;
  q?: string;
  q_notes?: string;
  sort?: string;
  direction?: string;
}

/** The tickets of a view, in its order. */
export function viewOf(tickets: readonly Ticket[], view: View): Ticket["item"][] {
  const { sort = "updated_at", direction = sort === "waiting_since" ? "asc" : "desc" } = view;
  const conditions = conditionsOf(view);
  const found = inOrder(tickets, sort, direction).filter((ticket) => conditions.every((holds) => holds(ticket)));
  if (sort !== "relevance") return found.map(({ item }) => item);
  const { yes = [], no = [] } = Object.groupBy(found, ({ subject }) => (hasAll(subject, view.q ?? "") ? "yes" : "no"));
  return [...yes, ...no].map(({ item }) => item);
}

/** The same tickets are asked for again and again. */
const ordered = new WeakMap<readonly Ticket[], Map<string, readonly Ticket[]>>();

/** All that have a place in an order. */
function inOrder(tickets: readonly Ticket[], sort: string, direction: string): readonly Ticket[] {
  const orders = ordered.get(tickets) ?? new Map<string, readonly Ticket[]>();
  ordered.set(tickets, orders);
  const name = `${sort} ${direction}`;
  const known = orders.get(name);
  if (known !== undefined) return known;
  const sign = direction === "asc" ? 1 : -1;
  const timeOf = ({ item }: Ticket) =>
    (sort === "created_at" ? item.created_at : sort === "waiting_since" ? item.waiting_since : item.updated_at) ?? "";
  const those = tickets
    .filter((ticket) => timeOf(ticket) !== "")
    .toSorted((one, other) => sign * (order(timeOf(one), timeOf(other)) || order(one.item.id, other.item.id)));
  orders.set(name, those);
  return those;
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What a ticket must be: of what is not asked for, nothing. */
function conditionsOf(view: View): ((ticket: Ticket) => boolean)[] {
  const { status, priority, tag, assignee, customer_id, external_id, has_note, waiting, unreplied, q, q_notes } = view;
  const at = (time: string | null) => Date.parse(time ?? "");
  const [createdAfter, createdBefore, updatedAfter, updatedBefore] = [
    view.created_after,
    view.created_before,
    view.updated_after,
    view.updated_before,
  ].map((time) => (time === undefined ? undefined : at(time)));
  const all: [unknown, (ticket: Ticket) => boolean][] = [
    [status?.[0], ({ item }) => status?.includes(item.status) === true],
    [priority?.[0], ({ item }) => priority?.includes(item.priority) === true],
    [tag, ({ item }) => tag?.every((one) => item.tags.includes(one)) === true],
    [assignee, ({ item }) => (assignee === "none" ? null : assignee) === item.assignee_id],
    [customer_id, ({ item }) => item.customer_id === customer_id],
    [external_id, ({ item }) => item.external_id === external_id],
    [has_note, ({ item }) => item.has_note === has_note],
    [waiting, ({ item }) => (item.waiting_since !== null) === waiting],
    [unreplied, ({ item }) => (item.first_replied_at === null) === unreplied],
    [createdAfter, ({ item }) => at(item.created_at) >= (createdAfter ?? 0)],
    [createdBefore, ({ item }) => at(item.created_at) < (createdBefore ?? 0)],
    [updatedAfter, ({ item }) => at(item.updated_at) >= (updatedAfter ?? 0)],
    [updatedBefore, ({ item }) => at(item.updated_at) < (updatedBefore ?? 0)],
    [q, ({ texts }) => hasAll(texts, q ?? "")],
    [q_notes, ({ notes }) => hasAll(notes, q_notes ?? "")],
  ];
  return all.flatMap(([asked, condition]) => (asked === undefined ? [] : [condition]));
}

const WORDS = [
  ...[
    "invoice",
    "Invoice",
    "october",
    "refund",
    "login",
    "café",
    "CAFE",
    "Rechnung",
    "Müller",
    "Straße",
    "STRASSE",
    "OK",
  ],
  ...[
    "ΟΔΟΣ",
    "οδός",
    "İstanbul",
    "istanbul",
    "заказ",
    "ЗАКАЗ",
    "فاتورة",
    "a@b.example",
    "2026",
    "v1.2-rc",
    "NEAR",
    "AND",
  ],
  ...["ログインできません", "ログイン", "請求書", "請求", "환불해 주세요", "환불", "OR", "not", "*", "🎉", "--", "(x)"],
];

/** What can be asked for: words of the texts, parts of them, and what is no word. */
const QUERIES = [
  ...[
    "invoice",
    "INVOICE october",
    '"invoice october"',
    "cafe",
    "müller",
    "muller",
    "strasse",
    "straße",
    "οδος",
    "ISTANBUL",
  ],
  ...[
    "заказ",
    "فاتورة",
    "a@b.example",
    '"b example"',
    "example a",
    "ログ",
    "グイン",
    "ン",
    "書",
    "請求書",
    '"請求 書"',
    "환불",
    "주세",
  ],
  ...[
    "not",
    "NEAR(invoice october)",
    "invoice*",
    "-invoice",
    "in",
    '"',
    '""',
    "🎉",
    "( )",
    'invoice "',
    "facets:x",
    "v1.2",
    "1.2-rc",
  ],
  ...["invoice AND refund", "refund OR", "{subject}: x", "^invoice", '"café" "ok', "ロ 환", "求 請"],
];

const TAGS = ["billing", "Billing", "login", "vip", "ünïcode", 'a"b', "a.b", "a b", "*"];
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START = Date.UTC(2025, 10, 20);

/** Tickets of a desk with texts of many languages, and few times, so that many share theirs. */
export function generateDesk(count: number, seed: number): Line[] {
  const next = random(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  const some = (most: number) => Array.from({ length: below(most + 1) }, () => WORDS[below(WORDS.length)] ?? "");
  const text = () => ["text", ...some(4)].join(" ");
  // The few times of generateLines(), further apart: over the end of a month and of a year.
  const spread = (time: number) => START + (Math.floor(time / MINUTE) % 40) * 3 * DAY + (time % 3) * 7 * MINUTE;
  return generateLines(count, seed).map((line) => ({
    ...line,
    customer_id: `cus ${below(12)}`,
    subject: ["Subject", ...some(2)].join(" "),
    message: text(),
    created_at: spread(line.created_at),
    tags: TAGS.filter(() => next() < 0.25),
    ...(next() < 0.6 && { assignee_id: ["ada", "Ada", "bob@x.example"][below(3)] ?? null }),
    messages: line.messages.map((one) => ({ ...one, body: text(), created_at: spread(one.created_at) })),
    notes: (line.notes ?? []).map((one) => ({ ...one, note: text(), created_at: spread(one.created_at) })),
    ...(line.status_at !== undefined && {
      status_at:
        line.status === "closed" ? START + 200 * DAY : Math.max(spread(line.created_at), spread(line.status_at)),
    }),
  }));
}

/** The tickets of such lines, with the ids that the service gave. */
export function ticketsOf(lines: readonly Line[], ids: ReadonlyMap<string | null, string>): Ticket[] {
  return lines.map((line) => ticketOf(headOf(line), storyOf(line), ids.get(line.external_id) ?? "missing"));
}

/** A ticket with this story. */
export function ticketOf(head: Head, story: readonly Moment[], id: string): Ticket {
  const [first = "", ...others] = story.flatMap((one) => (one.kind === "message" ? [one.body] : []));
  const notes = story.flatMap((one) => (one.kind === "note" ? [one.note ?? ""] : []));
  return {
    item: { ...itemOf(head, story), id },
    subject: [head.subject],
    texts: [head.subject, ...searchable([first], others)],
    notes: searchable([], notes),
  };
}

/** A random view of them. */
export function generateView(next: () => number): View {
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0];
  const sometimes = (share: number, view: () => View): View => (next() < share ? view() : {});
  const time = () => new Date(START + below(130 * 24) * 60 * MINUTE + pick([0, 0, 7, 14]) * MINUTE).toISOString();
  const query = () => QUERIES[below(QUERIES.length)] ?? "";
  const view: View = {
    ...sometimes(0.3, () => ({ status: ["open", "pending", "resolved", "closed"].filter(() => next() < 0.5) })),
    ...sometimes(0.2, () => ({ priority: ["low", "normal", "high", "urgent"].filter(() => next() < 0.5) })),
    ...sometimes(0.2, () => ({ tag: Array.from({ length: 1 + below(2) }, () => TAGS[below(TAGS.length)] ?? "") })),
    ...sometimes(0.2, () => ({ assignee: pick(["none", "ada", "Ada", "bob@x.example", "nobody"]) })),
    ...sometimes(0.15, () => ({ customer_id: `cus ${below(13)}` })),
    ...sometimes(0.02, () => ({ external_id: `ext-${pick([5, 6])}-${below(700)}` })),
    ...sometimes(0.15, () => ({ has_note: next() < 0.5 })),
    ...sometimes(0.15, () => ({ waiting: next() < 0.5 })),
    ...sometimes(0.15, () => ({ unreplied: next() < 0.5 })),
    ...sometimes(0.1, () => ({ created_after: time() })),
    ...sometimes(0.1, () => ({ created_before: time() })),
    ...sometimes(0.1, () => ({ updated_after: time() })),
    ...sometimes(0.1, () => ({ updated_before: time() })),
    ...sometimes(0.25, () => ({ q: query() })),
    ...sometimes(0.1, () => ({ q_notes: query() })),
    ...sometimes(0.7, () => ({ sort: pick(["updated_at", "created_at", "waiting_since"]) })),
    ...sometimes(0.5, () => ({ direction: pick(["asc", "desc"]) })),
  };
  if (view.q === undefined || next() < 0.5) return view;
  return { ...view, sort: "relevance", direction: "desc" };
}

/** A view as a query. */
export function queryOf(view: View): string {
  const pairs = Object.entries(view).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return new URLSearchParams(pairs).toString();
}
