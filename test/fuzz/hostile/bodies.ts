import fc from "fast-check";
import type { Body, Schema } from "../operations.ts";
import { hostileJson } from "./json.ts";
import { type Known, sampleOf } from "./samples.ts";
import { hostileText, nastyText } from "./texts.ts";

/** A body as it goes over the wire. */
export type Bytes = string | Uint8Array<ArrayBuffer>;

/** A change to the fields of an object: which one, and its value as JSON text. */
type Edit = readonly [kind: "set" | "repeat" | "drop", field: string, value: string];

const STRANGE_FIELDS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "",
  "\0",
  "\ud800",
  "id",
  "version",
  "role",
  "a/b~c",
];

/** Bodies for an operation, most of them nearly right, so that they get far. */
export function hostileBody(body: Body, known: Known): fc.Arbitrary<Bytes> {
  const one = hostileObject(body.schema, known);
  const text = body.isLines ? lines(one, body.schema, known) : one;
  return fc.oneof(
    { weight: 20, arbitrary: text },
    { weight: 2, arbitrary: hostileJson },
    { weight: 2, arbitrary: hostileText },
    { weight: 2, arbitrary: text.chain((whole) => fc.nat(whole.length).map((at) => whole.slice(0, at))) },
    {
      weight: 3,
      arbitrary: fc.tuple(text, fc.constantFrom(...Object.keys(ENCODINGS))).map(([whole, how]) => encoded(whole, how)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  );
}

/** An object with one to three of its fields made hostile, as JSON text. */
function hostileObject(schema: Schema, known: Known): fc.Arbitrary<string> {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return hostileJson;
  const edit = fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .constantFrom(...fields)
        .chain(([field, of]) => hostileValue(of, known, field).map((value): Edit => ["set", field, value])),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...fields), hostileJson)
        .map(([[field], value]): Edit => ["repeat", field, value]),
    },
    { weight: 1, arbitrary: fc.constantFrom(...fields).map(([field]): Edit => ["drop", field, ""]) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.oneof(fc.constantFrom(...STRANGE_FIELDS), nastyText), hostileJson)
        .map(([field, value]): Edit => ["set", field, value]),
    },
  );
  const base = Object.entries(sampleOf(schema, known) as Record<string, unknown>);
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    const values = new Map(base.map(([field, value]) => [field, JSON.stringify(value)]));
    const repeated: string[] = [];
    for (const [kind, field, value] of edits) {
      if (kind === "set") values.set(field, value);
      else if (kind === "drop") values.delete(field);
      else repeated.push(`${JSON.stringify(field)}:${value}`);
    }
    return `{${[...repeated, ...[...values].map(([field, value]) => `${JSON.stringify(field)}:${value}`)].join(",")}}`;
  });
}

/** Times at the limits of what RFC 3339 and JavaScript can say. */
const TIMES = [
  ...["2099-12-31T23:59:59Z", "2099-12-31T23:59:59.999999999999Z", "2099-02-29T00:00:00Z", "2096-02-29T00:00:00+00:00"],
  ...["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999-23:59", "+010000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"],
  ...["2099-12-31T24:00:00Z", "2099-12-31T23:59:60Z", "2099-12-31t23:59:59z", "2099-12-31", "2099-12-31T23:59:59"],
];

/** A value for a field: of its own type and strange, or of none. */
function hostileValue(schema: Schema, known: Known, name: string): fc.Arbitrary<string> {
  const own = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) => {
    if (one.enum) return [fc.constantFrom(...one.enum).map((value) => JSON.stringify(value)), nearly(one.enum)];
    if (one.type === "object") return [hostileObject(one, known)];
    if (one.type === "array" && one.items)
      return [listOf(hostileValue(one.items, known, name)), ...idsFor(one.items, known)];
    if (one.format === "uuid") return [fc.constantFrom(...known.tickets), fc.uuid()].map(quoted);
    if (one.format === "date-time") return [fc.constantFrom(...TIMES).map((text) => JSON.stringify(text))];
    if (one.type === "string")
      return [hostileText.map((text) => JSON.stringify(text)), fc.constant(JSON.stringify(sampleOf(one, known, name)))];
    return [];
  });
  return fc.oneof({ weight: 2, arbitrary: hostileJson }, ...own.map((arbitrary) => ({ weight: 2, arbitrary })));
}

/** Few as a rule, and sometimes more than there may be. */
function listOf(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const some = fc.array(item, { maxLength: 4 });
  const many = fc
    .tuple(item, fc.constantFrom(20, 21, 1_000))
    .map(([one, times]) => (one.length < 100 ? Array<string>(times).fill(one) : [one]));
  return fc
    .oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: many })
    .map((items) => `[${items.join(",")}]`);
}

/** Lists of tickets, each once, up to one more than there may be. */
function idsFor({ format }: Schema, { tickets }: Known): fc.Arbitrary<string>[] {
  if (format !== "uuid") return [];
  const others = fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(100 - tickets.length, 101 - tickets.length) },
  );
  return [
    fc
      .tuple(fc.shuffledSubarray([...tickets], { minLength: 1 }), others)
      .map(([some, count]) =>
        JSON.stringify([...some, ...Array.from({ length: count }, (_, index) => otherId(index))]),
      ),
  ];
}

/** An id that no ticket has. */
function otherId(index: number): string {
  return `00000000-0000-7000-9000-${String(index).padStart(12, "0")}`;
}

function quoted(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return texts.map((text) => JSON.stringify(text));
}

function nearly(values: readonly unknown[]): fc.Arbitrary<string> {
  const texts = values.map(String);
  return fc
    .constantFrom(
      ...texts.flatMap((text) => [text.toUpperCase(), ` ${text}`, `${text}\0`, `${text}\u200b`, text.slice(1)]),
    )
    .map((text) => JSON.stringify(text));
}

function lines(hostile: fc.Arbitrary<string>, schema: Schema, known: Known): fc.Arbitrary<string> {
  const line = fc.oneof(
    { weight: 6, arbitrary: hostile },
    { weight: 2, arbitrary: fc.constant(JSON.stringify(sampleOf(schema, known))) },
    { weight: 1, arbitrary: hostileJson },
    { weight: 1, arbitrary: nastyText },
  );
  const some = fc
    .tuple(fc.array(line, { maxLength: 4 }), fc.constantFrom("\n", "\r\n", "\n\n", "\r", "\u2028"))
    .map(([all, end]) => all.join(end));
  const tooMany = fc.constant("\n".repeat(10_001));
  return fc.oneof({ weight: 40, arbitrary: some }, { weight: 1, arbitrary: tooMany });
}

const MB = 1024 * 1024;
const utf8 = new TextEncoder();

/** What may become of a text on its way. */
const ENCODINGS: Readonly<Record<string, (text: string) => Bytes>> = {
  "as it is, behind a byte order mark": (text) => `\ufeff${text}`,
  "UTF-16": (text) =>
    bytes([
      0xff,
      0xfe,
      ...[...text.slice(0, 1_000)].flatMap((one) => [one.charCodeAt(0) & 0xff, one.charCodeAt(0) >> 8]),
    ]),
  "Latin-1": (text) => bytes([...text.slice(0, 1_000)].map((one) => one.charCodeAt(0) & 0xff)),
  "with half a character": (text) => bytes([...utf8.encode(text.slice(0, 1_000)), 0xe2, 0x82]),
  "with a surrogate": (text) => bytes([0xed, 0xa0, 0x80, ...utf8.encode(text.slice(0, 1_000))]),
  twice: (text) => text + text,
  "padded to the limit": (text) => text.padEnd(MB, " "),
  "padded beyond it": (text) => text.padEnd(MB + 1, " "),
  nothing: () => "",
};

function encoded(text: string, how: string): Bytes {
  return ENCODINGS[how]?.(text) ?? text;
}

function bytes(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values);
}
