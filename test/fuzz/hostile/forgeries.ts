import fc from "fast-check";
import { formatKey } from "../../../src/keys/key.ts";
import { SEAL } from "../../access.ts";
import { type Caller, OWN, type Scene } from "../scene.ts";
import { damaged, hostileText, nastyText } from "./texts.ts";

// What is sealed has no secret in it: who has read the source can write anything and seal it. So these do.

/** The characters of cursors and tokens (RFC 4648, section 5). */
export const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The characters of keys. */
export const HEX = "0123456789abcdef";

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  8.64e15,
  8.64e15 + 1,
  1e308,
  Number.MAX_VALUE,
];

const number = fc.constantFrom(...NUMBERS);
const value = fc.oneof(
  number,
  nastyText,
  fc.constantFrom<unknown[]>(null, true, [], {}, [[]]),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Lists of the tickets, each with the scope of its cursors: its order and its filters, as they are written there. */
const LISTS_OF_TICKETS = [
  ["", "updated_at desc", {}],
  ["sort=created_at&direction=asc", "created_at asc", {}],
  ["sort=waiting_since", "waiting_since asc", {}],
  ["q=question&sort=relevance", "relevance desc", { q: "question" }],
  ["tag=billing&status=open", "updated_at desc", { status: ["open"], tag: ["billing"] }],
  ["status=closed&status=open", "updated_at desc", { status: ["closed", "open"] }],
] as const;

/** What a cursor may say of its place: mostly what some list's would. */
const position = fc.oneof(
  fc.tuple(number, number, nastyText),
  fc.tuple(number, nastyText),
  fc.tuple(nastyText),
  fc.tuple(number),
  fc.array(value, { maxLength: 3 }),
  value,
);

/** Lists by their paths: a query, and the scope of its cursors. */
function listsAt(path: string, workspace: string, { tickets }: Scene): (readonly [query: string, scope: unknown])[] {
  const ticket = workspace === OWN ? tickets.own : tickets.root;
  const lists: Readonly<Record<string, (readonly [query: string, scope: unknown])[]>> = {
    "/tickets": LISTS_OF_TICKETS.map(([query, order, filters]) => [query, ["tickets", order, workspace, filters]]),
    "/tickets/{id}": [["", ["conversation", workspace, ticket]]],
    "/tickets/{id}/events": [["", ["history", workspace, ticket]]],
    "/events": [["", ["events", workspace]]],
    "/keys": [["", ["keys", workspace === OWN ? OWN : null]]],
    "/stats": [["", ["stats", workspace]]],
  };
  return lists[path] ?? [];
}

/** The query of a page behind any place at all, with a cursor that opens. */
export function forgedPage(path: string, caller: Caller, scene: Scene): fc.Arbitrary<string>[] {
  const lists = listsAt(path, caller === "root" ? "default" : OWN, scene);
  if (lists.length === 0) return [];
  const parameter = path === "/events" ? "after" : "cursor";
  return [
    fc.tuple(fc.constantFrom(...lists), position).map(([[query, scope], at]) => {
      const cursor = `${parameter}=${encodeURIComponent(SEAL.seal(scope, at))}`;
      return query === "" ? cursor : `${query}&${cursor}`;
    }),
  ];
}

/** Cursors: those of other lists, damaged ones, and forged ones with any position in them. */
export function hostileCursor({ cursors, tickets }: Scene): fc.Arbitrary<string> {
  const genuine = fc.constantFrom(...Object.values(cursors));
  const scopes = [
    ...LISTS_OF_TICKETS.map(([, order, filters]) => ["tickets", order, OWN, filters]),
    ["tickets", "updated_at desc", "default", {}],
    ["conversation", OWN, tickets.own],
    ["history", OWN, tickets.own],
    ["events", OWN],
    ["keys", OWN],
    ["keys", null],
    ["stats", OWN],
  ];
  return fc.oneof(
    { weight: 2, arbitrary: genuine },
    { weight: 2, arbitrary: genuine.chain((cursor) => damaged(cursor, BASE64URL)) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...scopes), position).map(([scope, at]) => SEAL.seal(scope, at)) },
    { weight: 1, arbitrary: hostileText },
  );
}

const hexDigits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...HEX), minLength: length, maxLength: length });

/** Consistency tokens: real ones, damaged ones, and forged ones that ask for anything. */
export function hostileToken({ tokens, tickets }: Scene): fc.Arbitrary<string> {
  // Mostly of the right form: what is not is refused at the door.
  const mostly = <Right, Wrong>(right: fc.Arbitrary<Right>, wrong: fc.Arbitrary<Wrong>) =>
    fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: wrong });
  const bookmark = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(null, "", "f".repeat(200), "first-primary", "first-unconstrained") },
    { weight: 2, arbitrary: fc.constantFrom("first-evil", "overloaded") },
    { weight: 2, arbitrary: hexDigits(32).map((end) => `00000000-${end.slice(0, 8)}-00000000-${end}`) },
    { weight: 1, arbitrary: nastyText },
  );
  const id = fc.oneof(
    fc.constantFrom(...Object.values(tickets)).map((ticket) => ticket.replaceAll("-", "")),
    hexDigits(32),
  );
  const version = mostly(fc.constantFrom(1, 2, 3, 4, Number.MAX_SAFE_INTEGER), number);
  const versions = mostly(
    fc.array(fc.tuple(id, version), { maxLength: 4 }),
    fc.array(fc.tuple(id, version), { minLength: 31, maxLength: 33 }),
  );
  const seq = mostly(fc.constantFrom(null, 0, 1, 1_000, Number.MAX_SAFE_INTEGER), number);
  const payload = fc.oneof(
    { weight: 6, arbitrary: fc.record({ bookmark, seq, versions }) },
    { weight: 1, arbitrary: value },
  );
  const forged = payload.map((one) => SEAL.seal("consistency-token", one));
  const one = fc.oneof(
    { weight: 6, arbitrary: forged },
    { weight: 2, arbitrary: fc.constantFrom(...tokens) },
    { weight: 2, arbitrary: fc.constantFrom(...tokens).chain((token) => damaged(token, BASE64URL)) },
    { weight: 1, arbitrary: fc.constant("latest") },
  );
  const several = fc.array(one, { minLength: 2, maxLength: 8 }).map((all) => all.join(", "));
  return fc.oneof(
    { weight: 6, arbitrary: one },
    { weight: 2, arbitrary: several },
    { weight: 1, arbitrary: hostileText },
  );
}

/** What stands behind `Authorization`, none of which is anybody's key. */
export function forgedCredential({ keys, keyIds }: Scene): fc.Arbitrary<string> {
  const real = [keys.root, keys.admin, keys.agent].filter((key) => key !== undefined);
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const ids = fc.oneof(fc.constantFrom(...Object.values(keyIds)), hexDigits(32));
  const wellFormed = fc.tuple(ids, secret).map(([id, bytes]) => formatKey(id, bytes));
  const malformed = fc
    .tuple(fc.oneof(nastyText, hexDigits(31)), fc.uint8Array({ maxLength: 40 }))
    .map(([id, bytes]) => formatKey(id, bytes));
  const key = fc.oneof(
    { weight: 4, arbitrary: wellFormed },
    { weight: 2, arbitrary: malformed },
    { weight: 4, arbitrary: fc.constantFrom(...real).chain((one) => damaged(one, HEX)) },
    { weight: 2, arbitrary: hostileText },
  );
  const schemes = fc.constantFrom(
    "Basic ",
    "Bearer",
    "Bearer: ",
    "Token ",
    "Digest ",
    "Bearer Bearer ",
    "",
    "Bearer null,",
  );
  return fc.oneof(
    { weight: 8, arbitrary: key.filter((one) => !real.includes(one.trim())).map((one) => `Bearer ${one}`) },
    { weight: 2, arbitrary: fc.tuple(schemes, fc.constantFrom(...real)).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: hostileText.filter((text) => !real.some((one) => text.includes(one))) },
  );
}
