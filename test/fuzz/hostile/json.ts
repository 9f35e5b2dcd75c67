import fc from "fast-check";
import { hostileText } from "./texts.ts";

/** Numbers at the limits of what one can be, written as JSON allows. */
const NUMBERS = [
  ...["0", "-0", "-0.0", "1.5", "-1", "1e5", "1E+2", "1e-400", "1e308", "1e309", "-1e309", "1e999999", "0.1", "1.0"],
  ...["2147483648", "4294967296", "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993"],
  ...["9223372036854775807", "9223372036854775808", "18446744073709551616", "253402300799999", "253402300800000"],
  ...[
    "8640000000000000",
    "8640000000000001",
    "9".repeat(64),
    `0.${"0".repeat(64)}1`,
    "5e-324",
    "1.7976931348623157e308",
  ],
];

/** Values of every other type. */
const VALUES = [
  ...["null", "true", "false", "[]", "{}", "[[]]", "[null]", '{"": null}', '["a", 1, null, {}]'],
  ...[
    '{"__proto__": {"admin": true}}',
    '{"constructor": {"prototype": {"admin": true}}}',
    '{"toString": 1}',
    '{"length": 1e9}',
  ],
  ...['{"$ne": null}', '{"toJSON": "x"}', '{"then": "x"}', '[["__proto__", 1]]'],
];

/** No JSON at all. */
const BROKEN = [
  ...[
    "",
    "NaN",
    "Infinity",
    "-",
    "+1",
    "01",
    "1.",
    ".5",
    "0x10",
    "1_000",
    "undefined",
    "'x'",
    '"',
    '"\\x41"',
    '"\\ud8"',
  ],
  ...['"a\0b"', '"a\nb"', "{", "[", "]", "[1,]", '{"a": 1,}', "{a: 1}", "// x\n1", "1 2", "nul", "\u00a01", "１"],
];

const DEEP = 100_000;
const WIDE = 100_000;

/** Built only when they are chosen: they take time, and nobody wants to see them. */
const HUGE: Readonly<Record<string, () => string>> = {
  "deep lists": () => "[".repeat(DEEP) + "]".repeat(DEEP),
  "deep objects": () => `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`,
  "a wide list": () => `[${Array(WIDE).fill("0").join(",")}]`,
  "a wide object": () => `{${Array.from({ length: WIDE }, (_, index) => `"k${index}":0`).join(",")}}`,
  "one name often": () => `{${Array(WIDE).fill('"a":0').join(",")}}`,
  digits: () => "1".repeat(WIDE),
};

const huge = fc.constantFrom(...Object.keys(HUGE)).map((name) => HUGE[name]?.() ?? "");

/** A value as JSON text, so that it can say what no JavaScript value can: numbers too large, names that repeat. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 30, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 20, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 20, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 6, arbitrary: fc.constantFrom(...BROKEN) },
  { weight: 6, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: huge },
);
