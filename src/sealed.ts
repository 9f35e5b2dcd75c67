import { sha256 } from "@noble/hashes/sha2.js";
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";

const DIGEST_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The SHA-256 of a text. Synchronous, so that a simulated run repeats exactly. */
export function digestOf(text: string): Uint8Array {
  return sha256(encoder.encode(text));
}

/**
 * The same as text, base64url.
 *
 * @param text in one piece or several: the digest is that of all of them together, which are never held together
 */
export function fingerprintOf(text: string | Iterable<string>): string {
  const digest = sha256.create();
  for (const piece of typeof text === "string" ? [text] : text) digest.update(encoder.encode(piece));
  return encodeBase64Url(new Uint8Array(digest.digest()).buffer);
}

/**
 * Makes an opaque text of a JSON value, for a client to bring back. A digest finds every cut or changed character and binds
 * it to its scope. No secret is in it: whoever forges one gains nothing that they could not ask for.
 *
 * @param scope what it belongs to; it opens with the same scope only
 */
export function seal(scope: unknown, value: unknown): string {
  const payload = encoder.encode(JSON.stringify(value));
  return encodeBase64Url(sealed(scope, payload));
}

/**
 * Opens a sealed text.
 *
 * @returns the value, or undefined where the text is cut, changed, or of another scope
 */
export function unseal(scope: unknown, text: string): unknown {
  try {
    const payload = decodeBase64Url(text).slice(DIGEST_BYTES);
    // Comparing the texts, not the bytes: base64url has bits to spare at its end.
    if (encodeBase64Url(sealed(scope, payload)) !== text) return undefined;
    return JSON.parse(decoder.decode(payload));
  } catch {
    // No base64url, or no JSON.
    return undefined;
  }
}

function sealed(scope: unknown, payload: Uint8Array): ArrayBuffer {
  const head = encoder.encode(`${JSON.stringify(scope)}\n`);
  const digest = sha256(joined(head, payload)).subarray(0, DIGEST_BYTES);
  return joined(digest, payload).buffer;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
