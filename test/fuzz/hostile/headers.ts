import fc from "fast-check";
import { type Scene, USED_KEY } from "../scene.ts";
import { hostileToken } from "./forgeries.ts";
import { hostileText } from "./texts.ts";

/** A header's name and value, the value as bytes (Latin-1), which is all that a header can hold. */
export type Header = readonly [name: string, value: string];

/** Values that belong to a header, and are wrong in it, or right and unexpected. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "If-Match": [
    "*",
    '"v1"',
    '"v4"',
    'W/"v4"',
    "v4",
    '"v4',
    '"v1", "v4"',
    '"v1e0"',
    '"v-1"',
    '""',
    ",",
    '"a"x"b"',
    `${'"v1",'.repeat(5_000)}"v4"`,
  ],
  "If-None-Match": ["*", '"v4"', 'W/"v4"', "v4", '"', ",,,", `${'"v1",'.repeat(5_000)}"v4"`],
  "Idempotency-Key": [
    USED_KEY,
    `"${USED_KEY}"`,
    '""',
    '"',
    '"a',
    'a"b',
    '"a\\"',
    '"a\\x"',
    "k".repeat(255),
    "k".repeat(256),
    "k".repeat(65_536),
    "__proto__",
  ],
  Prefer: [
    "wait=0",
    "wait=1",
    "wait=999999999",
    "wait=-1",
    "wait=1e9",
    'wait="5',
    "wait",
    ",".repeat(9_000),
    `respond-async, wait=${"9".repeat(99)}`,
    "wait =\t 1 ;x",
  ],
  "Content-Type": [
    "",
    "application/json; charset=utf-16",
    "application/JSON",
    "text/plain",
    "multipart/form-data",
    "application/x-ndjson",
    "application/json, text/html",
    "application/json;".repeat(2_000),
    "/",
    "*/*",
    "application/x-www-form-urlencoded",
  ],
  "Content-Encoding": ["gzip", "identity", "br, gzip", "IDENTITY", "x", "deflate"],
  "Content-Length": ["0", "-1", "1", "1048577", "9".repeat(30), "1, 2", "x", "1e3"],
  "Transfer-Encoding": ["chunked", "gzip, chunked", "x"],
  Accept: ["text/html", "*/*;q=0", ""],
  "Accept-Encoding": ["gzip", "*;q=0"],
  Host: ["localhost", "evil.example", ""],
  Origin: [
    "https://app.example",
    "null",
    "https://evil.example",
    "https://app.example.evil.example",
    "*",
    "https://app.example, https://evil.example",
  ],
  "Access-Control-Request-Method": ["DELETE", "__proto__", ""],
  "Access-Control-Request-Headers": ["Authorization", "*", "x".repeat(9_000)],
  "X-HTTP-Method-Override": ["DELETE", "PUT"],
  "X-Forwarded-For": ["127.0.0.1", "::1", "x".repeat(9_000)],
  "CF-Connecting-IP": ["127.0.0.1", "", "x".repeat(9_000)],
  "X-Request-Id": ["00000000-0000-7000-8000-000000000001", "x".repeat(9_000)],
  Range: ["bytes=0-1", "bytes=-1", "bytes=0-0,1-1,2-2"],
  Expect: ["100-continue"],
  Cookie: ["__proto__=1", "a=b; ".repeat(2_000)],
  "If-Modified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "never"],
  Upgrade: ["websocket", "h2c"],
  Connection: ["upgrade", "close, Authorization"],
};

const utf8 = new TextEncoder();

/** One to four headers, now and then one of them several times. */
export function hostileHeaders(scene: Scene): fc.Arbitrary<Header[]> {
  const names = fc.constantFrom(...Object.keys(VALUES));
  const known = names.chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(VALUES[name] ?? []))));
  const any = fc.tuple(fc.oneof(names, fc.constantFrom("X-Anything", "__proto__", "constructor")), hostileText);
  const token = fc.tuple(fc.constant("Consistency-Token"), hostileToken(scene));
  const one = fc.oneof({ weight: 6, arbitrary: known }, { weight: 2, arbitrary: any }, { weight: 8, arbitrary: token });
  const several = fc.array(one, { minLength: 1, maxLength: 4 });
  const repeated = fc
    .tuple(one, fc.constantFrom(2, 3, 100))
    .map(([header, times]) => Array<Header>(header[1].length < 99 ? times : 2).fill(header));
  return fc
    .oneof({ weight: 6, arbitrary: several }, { weight: 1, arbitrary: repeated })
    .map((headers) => headers.map(([name, value]): Header => [name, headerValue(value)]));
}

/** A text as a header can carry it: its bytes, without control characters, which end it (RFC 9110, section 5.5). */
export function headerValue(text: string): string {
  const bytes = utf8.encode(text.slice(0, 65_536)).filter((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
  return Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join("")
    .trim();
}
