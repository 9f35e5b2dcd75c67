import fc from "fast-check";

/** Texts that have broken something somewhere. */
const NASTY = [
  // What ends, hides or turns a text.
  ...["\0", "a\0b", "\u0001", "\u001b[31m", "\u007f", "\u0085", "\u2028", "\u2029", "\ufffd", "\uffff", "\u{10ffff}"],
  ...[
    "\ufeff",
    "\ufefftext",
    "\u202eevil\u202c",
    "\u2067rtl",
    "שלום",
    "مرحبا",
    "\u200b",
    "a\u200db",
    "\u00ad",
    "\u{e0041}",
  ],
  ...[
    "e\u0301",
    "é",
    "\u0301",
    "a\u0300\u0301\u0302\u0303\u0304",
    "👩‍👩‍👧",
    "🏳️‍🌈",
    "𝒳",
    "İi̇ıI",
    "ßẞ",
    "ﬁ",
    "Å",
    "﷽",
    "각",
  ],
  ...["\ud800", "a\udc00", "\udc00\ud800", "\ud83d", "\ud83d\ud83d\ude00"],
  // What means something to an interpreter.
  ...[
    "'",
    '"',
    "`",
    "\\",
    "' OR '1'='1",
    "'; DROP TABLE tickets; --",
    '" UNION SELECT digest FROM api_keys --',
    "?1",
    ":id",
  ],
  ...[
    "x' || (SELECT digest FROM api_keys) || '",
    "/**/",
    "--",
    "%",
    "_",
    "*",
    '"a" NEAR("b")',
    "a* OR -b",
    "^a",
    "{x}: y",
  ],
  ...[
    "<script>alert(1)</script>",
    "{{7*7}}",
    "$" + "{7*7}",
    "../../etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/",
  ],
  ...[
    "a\r\nSet-Cookie: a=b",
    "%00",
    "%0d%0a",
    "%c0%af",
    "%25",
    "%2500",
    "&amp;",
    "a=b&c=d",
    "a;b",
    "a,b",
    "#",
    "//",
    "..",
    ".",
  ],
  // What is something else in JavaScript.
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "length", "toJSON"],
  ...[
    "null",
    "undefined",
    "NaN",
    "Infinity",
    "true",
    "false",
    "[object Object]",
    "{}",
    "[]",
    "0",
    "-0",
    "1e309",
    "0x10",
    "٣",
  ],
  ...["9007199254740993", "18446744073709551616", "1".repeat(64), "", " ", "\t", "\n"],
];

/** Lengths at the limits, and far beyond. */
const LENGTHS = [50, 51, 100, 101, 200, 201, 255, 256, 500, 501, 65_536, 262_144, 262_145];

const long = fc
  .tuple(
    fc.constantFrom("a", "é", "😀", "\u0301", "\0", "\ud800", "'", '"', "\\", "%", "\n", "\u202e"),
    fc.constantFrom(...LENGTHS),
  )
  .map(([unit, times]) => unit.repeat(times));

const longest = fc.constantFrom("a", "é", "😀").map((unit) => unit.repeat(1_000_000 / unit.length));

/** Any UTF-16 code units, also those that are no text. */
const utf16 = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 12 });

/** Texts that nobody should send. */
export const nastyText = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 24 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 24 }) },
  { weight: 2, arbitrary: utf16 },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...NASTY), fc.constantFrom(...NASTY)).map((parts) => parts.join("")),
  },
);

/** The same, and very long ones. */
export const hostileText = fc.oneof(
  { weight: 40, arbitrary: nastyText },
  { weight: 5, arbitrary: long },
  { weight: 1, arbitrary: longest },
);

/** A text with something of it changed, removed, added or swapped: what comes of a slip, or of an attempt. */
export function damaged(text: string, alphabet: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length);
  const character = fc.constantFrom(...alphabet);
  const cut = (at: number, removed: number, put: string) => text.slice(0, at) + put + text.slice(at + removed);
  // base64url has bits to spare in the last character before the padding.
  const last = text.replace(/=+$/, "").length - 1;
  return fc
    .oneof(
      fc.tuple(place, character).map(([at, put]) => cut(at, 1, put)),
      character.map((put) => cut(last, 1, put)),
      fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, removed]) => cut(at, removed, "")),
      fc.tuple(place, fc.string({ unit: character, minLength: 1, maxLength: 4 })).map(([at, put]) => cut(at, 0, put)),
      place.map((at) => text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2)),
      place.map((at) => cut(at, 1, otherCase(text[at] ?? ""))),
      place.map((at) => text.slice(0, at)),
      place.map((at) => text.slice(at)),
      fc.constantFrom("=", "==", "===", "A", text).map((tail) => text + tail),
      fc.constantFrom(text.replace(/=+$/, ""), text.toUpperCase(), text.toLowerCase(), [...text].toReversed().join("")),
    )
    .filter((other) => other !== text);
}

function otherCase(letter: string): string {
  return letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
}
