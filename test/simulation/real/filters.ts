import type { Ticket, View } from "../../oracle/views.ts";

/** Filters with one value, of one name. */
export interface Filter {
  readonly name: string;
  readonly view: View;
}

const STATUSES = ["open", "pending", "resolved", "closed"];
const PRIORITIES = ["low", "normal", "high", "urgent"];
const HOUR = 3_600_000;

/** Every value that each filter can have with these tickets, but for ids of tickets and customers, of which there are thousands. */
export function everyFilter(tickets: readonly Ticket[]): Filter[] {
  const items = tickets.map(({ item }) => item);
  const distinct = <Value>(values: readonly Value[]) => [...new Set(values)];
  return [
    ...named("status", [
      ...STATUSES.map((one) => [one]),
      ["open", "pending"],
      ["closed", "resolved", "pending"],
      STATUSES,
    ]),
    ...named("priority", [...PRIORITIES.map((one) => [one]), ["urgent", "high"], PRIORITIES]),
    ...named("tag", [
      ...distinct(items.flatMap(({ tags }) => tags)).map((tag) => [tag]),
      ...tagPairs(items),
      ["no such"],
    ]),
    ...named("assignee", [...distinct(items.map(({ assignee_id }) => assignee_id ?? "none")), "nobody known"]),
    ...named("has_note", [true, false]),
    ...named("waiting", [true, false]),
    ...named("unreplied", [true, false]),
    ...ranges(
      "created",
      items.map(({ created_at }) => created_at ?? ""),
    ),
    ...ranges(
      "updated",
      items.map(({ updated_at }) => updated_at ?? ""),
    ),
  ];
}

/** A filter for one ticket's id elsewhere, and for its customer. */
export function idsOf({ item }: Ticket): Filter[] {
  return [
    ...named("external_id", item.external_id === null ? [] : [item.external_id]),
    ...named("customer_id", [item.customer_id]),
  ];
}

/** Filters that this ticket passes, one of each name. */
export function passedBy({ item }: Ticket): Filter[] {
  const at = (time: string | null, hours: number) => new Date(Date.parse(time ?? "") + hours * HOUR).toISOString();
  const [tag] = item.tags;
  return [
    ...named("status", [[item.status]]),
    ...named("priority", [[item.priority]]),
    ...named("tag", tag === undefined ? [] : [[tag]]),
    ...named("assignee", [item.assignee_id ?? "none"]),
    ...named("customer_id", [item.customer_id]),
    ...named("external_id", item.external_id === null ? [] : [item.external_id]),
    ...named("has_note", [item.has_note]),
    ...named("waiting", [item.waiting_since !== null]),
    ...named("unreplied", [item.first_replied_at === null]),
    // The first bound belongs to a range, the second does not.
    ...named("created_after", [at(item.created_at, 0)]),
    ...named("created_before", [at(item.created_at, 30 * 24)]),
    ...named("updated_after", [at(item.updated_at, -700)]),
    ...named("updated_before", [at(item.updated_at, 1)]),
  ];
}

function named<Name extends keyof View>(name: Name, values: readonly View[Name][]): Filter[] {
  return values.map((value) => ({ name, view: { [name]: value } }));
}

/** The tags that stand together, some of them. */
function tagPairs(items: readonly Ticket["item"][]): string[][] {
  const pairs = new Map(items.filter(({ tags }) => tags.length > 1).map(({ tags }) => [tags.slice(0, 2).join(), tags]));
  return [...pairs.values()].map((tags) => tags.slice(0, 3)).slice(0, 20);
}

/** Each month and its neighbours, some hours, a time that occurs to the millisecond, and what begins after its end. */
function ranges(name: "created" | "updated", times: readonly string[]): Filter[] {
  const sorted = times.toSorted();
  const [first = "", middle = "", last = ""] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const year = Number(first.slice(0, 4));
  const month = (index: number) => new Date(Date.UTC(year, index)).toISOString();
  const later = (time: string, hours: number) => new Date(Date.parse(time) + hours * HOUR).toISOString();
  const between = [
    ...Array.from({ length: 13 }, (_, index) => [month(index), month(index + 1)]),
    [later(middle, -5), later(middle, 5)],
    [later(month(1), -1), later(month(3), 1)],
    [middle, later(middle, 1)],
    [last, first],
  ];
  const open = [first, middle, last, month(6)];
  return [
    ...between.map(([after, before]) => ({ [`${name}_after`]: after, [`${name}_before`]: before })),
    ...open.flatMap((time) => [{ [`${name}_after`]: time }, { [`${name}_before`]: time }]),
  ].map((view) => ({ name, view }));
}
