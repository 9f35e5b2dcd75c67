import fc from "fast-check";
import { EVENT_TYPES } from "../../../src/domain/events.ts";
import { PRIORITIES, STATUSES } from "../../../src/domain/ticket.ts";
import { type Caller, FOREIGN_MARK, LISTS, type List, OWN, type Scene } from "../scene.ts";

const FLAGS = ["true", "false"];

/** Times before, in and after the scene, and at the ends of what can be said. */
const TIMES = [
  ...["2026-11-23T00:00:00Z", "2026-11-23T00:00:00.020Z", "2026-11-23T01:30:00+01:00", "2026-11-24T00:00:00Z"],
  ...["0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2101-01-01T00:00:00Z"],
  ...["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-23:59"],
];

/** What is searched for: words of the scene, of others, phrases, and what is syntax elsewhere. */
const WORDS = [
  ...[
    "question",
    "Question how",
    '"a question"',
    "like this",
    "log",
    FOREIGN_MARK,
    "的 一 是",
    "請求書",
    "a@b.example",
  ],
  ...['"', "a* NEAR(b) -c", "{subject}: x OR y", "facets : acme.all", "question ".repeat(99), "w1 w2 ".repeat(99)],
];

/** Values that parameters take, so that a query gets through to what it asks for. A new parameter needs its line here. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  status: STATUSES,
  priority: PRIORITIES,
  tag: ["billing", "none", FOREIGN_MARK, "標籤", "a.b"],
  assignee: ["me", "none", "ada", FOREIGN_MARK],
  customer_id: ["cus-1", "cus-2", FOREIGN_MARK],
  external_id: ["known", "unknown"],
  has_note: FLAGS,
  waiting: FLAGS,
  unreplied: FLAGS,
  created_after: TIMES,
  created_before: TIMES,
  updated_after: TIMES,
  updated_before: TIMES,
  q: WORDS,
  q_notes: WORDS,
  sort: ["updated_at", "created_at", "waiting_since", "relevance"],
  direction: ["asc", "desc"],
  limit: ["1", "2", "100"],
  skip: ["0", "1", "10000"],
  types: EVENT_TYPES,
  workspace_id: [OWN, "default", "others"],
};

/** Those that may be given several times. */
const REPEATED = new Set(["status", "priority", "tag", "types"]);

/** A query with some of these parameters, with values that they take. */
export function rightPairs(names: readonly string[], { cursors }: Scene): fc.Arbitrary<string[]> {
  const valuesOf = (name: string) => (name === "after" ? [cursors.feed, "latest"] : (VALUES[name] ?? []));
  const known = names.filter((name) => valuesOf(name).length > 0);
  return fc
    .shuffledSubarray(known, { minLength: Math.min(1, known.length), maxLength: Math.min(6, known.length) })
    .chain((some) => {
      const pairs = some.map((name) =>
        fc
          .shuffledSubarray([...valuesOf(name)], { minLength: 1, maxLength: REPEATED.has(name) ? 3 : 1 })
          .map((values) => values.map((value) => `${name}=${encodeURIComponent(value)}`)),
      );
      return fc.tuple(...pairs).map((all) => all.flat());
    });
}

/** The query of the next page of a list that the caller can see, as its first one says it. */
export function nextPage(path: string, caller: Caller, { cursors }: Scene): fc.Arbitrary<string>[] {
  const lists = Object.entries(LISTS).filter(([, [reader, address]]) => {
    const isTheirs = (reader === "root") === (caller === "root");
    return isTheirs && address.split("?")[0]?.replace("{own}", "{id}") === path;
  });
  if (lists.length === 0) return [];
  return [
    fc.constantFrom(...lists).map(([list, [, address]]) => {
      const parameter = path === "/events" ? "after" : "cursor";
      return `${address.split("?")[1]}&${parameter}=${encodeURIComponent(cursors[list as List])}`;
    }),
  ];
}
