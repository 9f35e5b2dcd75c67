import { bytesToHex } from "@noble/hashes/utils.js";
import { digestOf } from "../platform/sealed.ts";

/** The prefix of every key, by which secret scanners find it. */
const PREFIX = "edk_";

/** Random bytes of a key. */
export const SECRET_BYTES = 32;

const CHECKSUM_BYTES = 4;

const FORM = /^edk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[0-9a-f]{64}([0-9a-f]{8})$/;

/**
 * Formats a key: `edk_`, its id, its secret and a checksum of both, in hexadecimal digits. A double click selects all of it, and the
 * checksum finds a truncated or mistyped key without a query.
 *
 * @param id UUID
 * @param secret {@link SECRET_BYTES} random bytes
 */
export function formatKey(id: string, secret: Uint8Array): string {
  const text = `${PREFIX}${id.replaceAll("-", "")}${bytesToHex(secret)}`;
  return text + checksumOf(text);
}

/** True for a text with the prefix of a key, even if it is malformed. */
export function isKeyLike(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The id in a key; undefined if the key is truncated, mistyped or not a key. */
export function keyIdOf(text: string): string | undefined {
  const [, ...parts] = FORM.exec(text) ?? [];
  const checksum = parts.pop();
  if (checksum === undefined || checksumOf(text.slice(0, -checksum.length)) !== checksum) return undefined;
  return parts.join("-");
}

function checksumOf(text: string): string {
  return bytesToHex(digestOf(text).subarray(0, CHECKSUM_BYTES));
}
