import type { FieldError } from "../platform/input-errors.ts";

/** A line of an import that is not valid, and its errors. */
export interface RefusedLine {
  /** From 1, blank lines counted. */
  readonly line: number;
  readonly external_id: string | null;
  readonly errors: FieldError[];
}

/**
 * Refused lines in an import's answer: lines, and bytes of their JSON. The answer is stored for repeats, and a row of D1 has at most 2 MB
 * (https://developers.cloudflare.com/d1/platform/limits/).
 */
export const MAX_REFUSED = { lines: 1_000, bytes: 1_000_000 };

/** Characters of an `external_id` in the answer: a valid one has no more. */
const MAX_EXTERNAL_ID_LENGTH = 200;

const utf8 = new TextEncoder();

/** Counts all refused lines and keeps the first, within {@link MAX_REFUSED}. */
export class RefusedLines {
  count = 0;
  /** True if {@link count} has lines that {@link lines} leaves out. */
  isTruncated = false;
  readonly lines: RefusedLine[] = [];
  #bytes = 0;

  /** Adds a line. Lines must come in order. */
  add({ line, external_id, errors }: RefusedLine): void {
    this.count++;
    if (this.isTruncated) return;
    const kept = { line, external_id: external_id === null ? null : shortened(external_id), errors };
    this.#bytes += utf8.encode(JSON.stringify(kept)).byteLength + 1;
    this.isTruncated = this.lines.length === MAX_REFUSED.lines || this.#bytes > MAX_REFUSED.bytes;
    if (!this.isTruncated) this.lines.push(kept);
  }
}

/** The first characters of a text. A character has one or two UTF-16 units, and UTF-8 cannot encode half a surrogate pair. */
function shortened(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MAX_EXTERNAL_ID_LENGTH));
  return characters.slice(0, MAX_EXTERNAL_ID_LENGTH).join("").toWellFormed();
}
