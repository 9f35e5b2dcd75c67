import fc from "fast-check";
import type { Operation } from "../operations.ts";
import type { Caller, Scene } from "../scene.ts";
import { forgedPage, hostileCursor } from "./forgeries.ts";
import { nextPage, rightPairs } from "./parameters.ts";
import { hostileText, nastyText } from "./texts.ts";

/** What each address is about, for the caller: a path that begins so takes this id. An operation on something else needs its line here. */
function subjectOf(path: string, caller: Caller, { tickets, keyIds, customers }: Scene): string {
  if (path.startsWith("/customers/")) return customers.own;
  if (path.startsWith("/tickets/")) return caller === "root" ? tickets.root : tickets.own;
  if (path.startsWith("/projections/parked/")) return tickets.parked;
  return path.startsWith("/keys/") ? keyIds.spare : "nothing";
}

/** The path of a valid request. */
export function pathOf({ path }: Operation, caller: Caller, scene: Scene): string {
  return path.replaceAll(/\{\w+\}/g, subjectOf(path, caller, scene));
}

const BROKEN = [
  "%",
  "%2",
  "%zz",
  "%00",
  "%ff",
  "%c0%af",
  "%ed%a0%80",
  "%25%30%30",
  "%2f",
  "%5c",
  "%2e%2e",
  "%u0041",
  "%F0%9F%98",
  "+",
  "\\",
  ";a=b",
];

/** Paths: another id, none, or an address that is almost one. */
export function hostilePath(operation: Operation, caller: Caller, scene: Scene): fc.Arbitrary<string> {
  const right = pathOf(operation, caller, scene);
  const uuid = fc.uuid();
  const all = [scene.tickets, scene.keyIds, scene.customers];
  const ids = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...all.map(({ foreign }) => foreign)) },
    { weight: 3, arbitrary: fc.constantFrom(...all.flatMap((some) => Object.values(some))) },
    {
      weight: 2,
      arbitrary: fc.oneof(
        uuid,
        uuid.map((id) => id.toUpperCase()),
        uuid.map((id) => `{${id}}`),
        uuid.map((id) => id.replaceAll("-", "")),
      ),
    },
    { weight: 3, arbitrary: hostileText.map(percentEncoded) },
    {
      weight: 3,
      arbitrary: fc.array(fc.constantFrom(...BROKEN), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")),
    },
    { weight: 1, arbitrary: nastyText },
  );
  const withId = ids.map((id) => operation.path.replaceAll(/\{\w+\}/g, () => id));
  const twisted = fc
    .tuple(fc.constantFrom(...TWISTS.keys()), ids)
    .map(([which, part]) => TWISTS[which]?.(right, part) ?? right);
  return operation.path.includes("{")
    ? fc.oneof({ weight: 3, arbitrary: withId }, { weight: 2, arbitrary: twisted })
    : twisted;
}

/** What can be done to a right path. */
const TWISTS: readonly ((path: string, part: string) => string)[] = [
  (path, part) => `${path}/${part}`,
  (path, part) => `/${part}${path}`,
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll("/", "//"),
  (path) => `${path}/..${path}`,
  (path) => `/x/%2e%2e${path}`,
  (path) => path.replace(/^\/(.)/, (_, first: string) => `/%${first.charCodeAt(0).toString(16)}`),
  (path) => path.replaceAll("/", "%2f").replace("%2f", "/"),
  (path) => `${path}.json`,
  (path) => `${path};x=1`,
  (path) => `${path}%00`,
  (path) => `${path}%20`,
  (path) => `${path}#x`,
  (path, part) => path.replace(/[^/]+$/, part),
];

/** Queries: values that are right, strange ones, unknown parameters, parameters that repeat, and what is no query at all. */
export function hostileQuery({ query, path }: Operation, caller: Caller, scene: Scene): fc.Arbitrary<string> {
  const declared = Object.keys(query);
  const names = fc.oneof(
    ...(declared.length > 0 ? [{ weight: 8, arbitrary: fc.constantFrom(...declared) }] : []),
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "__proto__",
        "constructor",
        "toString",
        "",
        "status[]",
        "limit ",
        "Cursor",
        "workspace_id",
      ),
    },
    { weight: 1, arbitrary: nastyText.map(percentEncoded) },
  );
  const plain = [
    ...[
      "open",
      "closed",
      "open,closed",
      "true",
      "TRUE",
      "1",
      "0",
      "100",
      "101",
      "-1",
      "1.0",
      "1e1",
      "0x1",
      "10000",
      "10001",
      "999999999",
      "9".repeat(64),
      "٣",
      "NaN",
    ],
    ...["cus-1", "acme", "others", "default", "null", "undefined", "", "+", "%20", "*", "latest"],
  ];
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...plain) },
    { weight: 3, arbitrary: hostileText.map(percentEncoded) },
    { weight: 1, arbitrary: hostileText.map(percentEncoded).map(percentEncoded) },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.constantFrom(...BROKEN, "a", "&", "=", "#", "?"), { maxLength: 4 })
        .map((parts) => parts.join("")),
    },
    { weight: 3, arbitrary: hostileCursor(scene).map(percentEncoded) },
  );
  const pair = names.chain((name) =>
    (CURSORS.has(name) ? hostileCursor(scene).map(percentEncoded) : value).map((text) => `${name}=${text}`),
  );
  const pairs = fc.array(pair, { minLength: 1, maxLength: 4 });
  const right = rightPairs(declared, scene);
  const mixed = fc.tuple(right, pair, fc.nat(6)).map(([all, one, at]) => all.toSpliced(at, 0, one));
  const many = fc
    .tuple(pair, fc.constantFrom(50, 1_000))
    .map(([one, times]) => (one.length < 60 ? Array<string>(times).fill(one) : [one]));
  return fc.oneof(
    { weight: 6, arbitrary: pairs.map((all) => all.join("&")) },
    ...(declared.length > 0
      ? [
          { weight: 6, arbitrary: right.map((all) => all.join("&")) },
          { weight: 6, arbitrary: mixed.map((all) => all.join("&")) },
        ]
      : []),
    ...nextPage(path, caller, scene).map((arbitrary) => ({ weight: 3, arbitrary })),
    ...forgedPage(path, caller, scene).map((arbitrary) => ({ weight: 3, arbitrary })),
    { weight: 1, arbitrary: many.map((all) => all.join("&")) },
    { weight: 1, arbitrary: hostileText },
  );
}

/** The parameters that take a cursor. */
const CURSORS = new Set(["cursor", "after"]);

/** Percent-encoded UTF-8; a lone surrogate as the three bytes that UTF-8 forbids. */
function percentEncoded(text: string): string {
  return [...text.slice(0, 20_000)].map((one) => (one.isWellFormed() ? encodeURIComponent(one) : "%ed%a0%80")).join("");
}
