import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";
import { Refusal } from "../errors.ts";

/** Where a page ends: the sort key of its last row. */
export type Position = readonly (string | number)[];

const DIGEST_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Makes the opaque cursor of the page after a position. It is bound to what it goes on with by a digest, which also finds
 * every cut or changed character. No secret is in it: a forged one could only name another place in the caller's own list.
 *
 * @param scope everything that the pages of one walk have in common: workspace, filters, order
 */
export async function encodeCursor(scope: unknown, position: Position): Promise<string> {
  const payload = encoder.encode(JSON.stringify(position));
  const digest = await digestOf(scope, payload);
  return encodeBase64Url(concat(digest, payload).buffer);
}

/**
 * Reads a cursor.
 *
 * @throws {@link Refusal} `invalid-cursor` when it is cut, changed, or was made for another scope
 */
export async function decodeCursor(scope: unknown, cursor: string): Promise<Position> {
  const refusal = new Refusal(
    "invalid-cursor",
    "was not made for this list and these parameters, or is damaged: take it from next_cursor as it is",
    "cursor",
  );
  try {
    const bytes = decodeBase64Url(cursor);
    const payload = bytes.slice(DIGEST_BYTES);
    const expected = concat(await digestOf(scope, payload), payload);
    // Comparing the text, not the bytes: base64url has bits to spare at its end.
    if (encodeBase64Url(expected.buffer) !== cursor) throw refusal;
    return JSON.parse(decoder.decode(payload));
  } catch {
    throw refusal;
  }
}

async function digestOf(scope: unknown, payload: Uint8Array): Promise<Uint8Array> {
  const bytes = concat(encoder.encode(`${JSON.stringify(scope)}\n`), payload);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, DIGEST_BYTES);
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
