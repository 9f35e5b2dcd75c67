import { bytesToHex } from "@noble/hashes/utils.js";
import { digestOf } from "../platform/sealed.ts";

/** What every key begins with: secret scanners look for it. */
const PREFIX = "edk_";

/** How many bytes of a key are random. */
export const SECRET_BYTES = 32;

const CHECKSUM_BYTES = 4;

const FORM = /^edk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[0-9a-f]{64}([0-9a-f]{8})$/;

/**
 * Writes a key: `edk_`, its id, its secret, and a checksum of all of these, in hexadecimal digits. A double click selects all
 * of it, and a cut or mistyped one is found without asking anybody.
 *
 * @param id UUID
 * @param secret {@link SECRET_BYTES} random bytes
 */
export function writeKey(id: string, secret: Uint8Array): string {
  const text = `${PREFIX}${id.replaceAll("-", "")}${bytesToHex(secret)}`;
  return text + checksumOf(text);
}

/** Whether a text wants to be a key of a workspace, well or badly written. */
export function isKeyLike(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The id in a key; undefined where the key is cut, mistyped, or none. */
export function keyIdOf(text: string): string | undefined {
  const [, ...parts] = FORM.exec(text) ?? [];
  const checksum = parts.pop();
  if (checksum === undefined || checksumOf(text.slice(0, -checksum.length)) !== checksum) return undefined;
  return parts.join("-");
}

function checksumOf(text: string): string {
  return bytesToHex(digestOf(text).subarray(0, CHECKSUM_BYTES));
}
