import { expand } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeBase64Url, encodeBase64Url } from "hono/utils/encode";

const TAG_BYTES = 16;

/** Of texts that were sealed without a key. */
const DIGEST_BYTES = 8;

/** How many random bytes make each seal of one value another text. */
export const SALT_BYTES = 8;

const NO_SALT = new Uint8Array(SALT_BYTES);

/**
 * Sealed texts are padded to a multiple of this, so that their length does not tell how many digits a number has. It is a multiple of
 * three, so that base64url needs no padding of its own.
 */
const BLOCK_BYTES = 30;

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
  return base64Url(digest.digest());
}

/** Compares in a time that tells nothing about where two digests differ. */
export function isEqual(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index++) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  }
  return difference === 0;
}

/**
 * Makes opaque texts of JSON values, for clients to bring back: encrypted and authenticated, so that clients can neither read nor change
 * them.
 *
 * The construction is SIV (https://web.cs.ucdavis.edu/~rogaway/papers/siv.pdf): a MAC of scope and value is the tag, and the tag is the
 * nonce of the encryption. No nonce can be used twice by mistake, and one value gets one text, which an HTTP cache needs of tags. The MAC
 * is HMAC-SHA-256, the key stream HKDF-Expand (RFC 5869). All of it is synchronous: WebCrypto is not, and a simulated run would not
 * repeat.
 */
export class Seal {
  readonly #tagKey: Uint8Array;
  readonly #streamKey: Uint8Array;

  /** @param key 32 bytes that nobody can guess */
  constructor(key: Uint8Array) {
    this.#tagKey = expand(sha256, key, encoder.encode("tag"), 32);
    this.#streamKey = expand(sha256, key, encoder.encode("stream"), 32);
  }

  /**
   * Seals a value.
   *
   * @param scope what it belongs to; the text opens with the same scope only
   * @param salt {@link SALT_BYTES} random bytes if equal values must not be recognised by equal texts
   */
  seal(scope: unknown, value: unknown, salt: Uint8Array = NO_SALT): string {
    const json = encoder.encode(JSON.stringify(value));
    const length = Math.ceil((TAG_BYTES + salt.length + json.length) / BLOCK_BYTES) * BLOCK_BYTES;
    // Blanks after a JSON value mean nothing.
    const payload = new Uint8Array(length - TAG_BYTES).fill(0x20);
    payload.set(salt);
    payload.set(json, salt.length);
    return this.#sealed(scope, payload);
  }

  /**
   * Opens a sealed text.
   *
   * @returns the value; undefined if the text is cut, changed, forged, or of another scope
   */
  open(scope: unknown, text: string): unknown {
    try {
      const bytes = decodeBase64Url(text);
      const payload = this.#encrypted(bytes.subarray(0, TAG_BYTES), bytes.subarray(TAG_BYTES));
      // Comparing the texts, not the bytes: base64url has bits to spare at its end.
      if (isEqual(this.#sealed(scope, payload), text)) return JSON.parse(decoder.decode(payload.subarray(SALT_BYTES)));
      return openDigested(scope, bytes, text);
    } catch {
      // It is no base64url, or longer than a key stream can be.
      return undefined;
    }
  }

  #sealed(scope: unknown, payload: Uint8Array): string {
    const tag = hmac(sha256, this.#tagKey, joined(scopeBytes(scope), payload)).subarray(0, TAG_BYTES);
    return base64Url(joined(tag, this.#encrypted(tag, payload)));
  }

  /** Encrypts or decrypts, which is the same. */
  #encrypted(tag: Uint8Array, bytes: Uint8Array): Uint8Array {
    const stream = expand(sha256, this.#streamKey, tag, bytes.length);
    return bytes.map((byte, index) => byte ^ (stream[index] ?? 0));
  }
}

/**
 * Opens a text of the time before there was a key: a digest and the value as it is. The cursors of the feed are promised to stay good for
 * ever, and clients hold tokens across a deployment. Such a text can be read and forged; what is in it is checked like any other input,
 * and versions in it are asked of the source before anything is projected: it costs no more than what its sender could ask for.
 */
function openDigested(scope: unknown, bytes: Uint8Array, text: string): unknown {
  const payload = bytes.subarray(DIGEST_BYTES);
  const digest = sha256(joined(scopeBytes(scope), payload)).subarray(0, DIGEST_BYTES);
  return base64Url(joined(digest, payload)) === text ? JSON.parse(decoder.decode(payload)) : undefined;
}

function scopeBytes(scope: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(scope)}\n`);
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64Url(new Uint8Array(bytes).buffer);
}
