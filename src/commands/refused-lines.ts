import type { FieldError } from "../platform/input-errors.ts";

/** A line of an import that was not taken, and why. */
export interface RefusedLine {
  /** From 1, blank lines counted. */
  readonly line: number;
  readonly external_id: string | null;
  readonly errors: FieldError[];
}

/**
 * What an import's answer says of refused lines, and what is kept of it for repeats: so many lines, and so many bytes of JSON. D1
 * takes 2 MB for a row (https://developers.cloudflare.com/d1/platform/limits/), and that in bytes.
 */
export const MAX_REFUSED = { lines: 1_000, bytes: 1_000_000 };

/** Characters of an `external_id`, as the contract counts them: a valid one has no more. The texts of errors have bounds of their own. */
const MAX_EXTERNAL_ID_LENGTH = 200;

const utf8 = new TextEncoder();

/** Counts all refused lines, and keeps the first of them, within {@link MAX_REFUSED}. */
export class RefusedLines {
  count = 0;
  /** Whether lines are counted that {@link lines} does not have. */
  isTruncated = false;
  readonly lines: RefusedLine[] = [];
  #bytes = 0;

  /** Adds a line. Lines come in order, so that those that are kept are the first ones. */
  add({ line, external_id, errors }: RefusedLine): void {
    this.count++;
    if (this.isTruncated) return;
    const kept = { line, external_id: external_id === null ? null : shortened(external_id), errors };
    this.#bytes += utf8.encode(JSON.stringify(kept)).byteLength + 1;
    this.isTruncated = this.lines.length === MAX_REFUSED.lines || this.#bytes > MAX_REFUSED.bytes;
    if (!this.isTruncated) this.lines.push(kept);
  }
}

/** The first characters of a text, each of one or two UTF-16 units. JSON could write half a pair of surrogates, but UTF-8 cannot. */
function shortened(text: string): string {
  const characters = Array.from(text.slice(0, 2 * MAX_EXTERNAL_ID_LENGTH));
  return characters.slice(0, MAX_EXTERNAL_ID_LENGTH).join("").toWellFormed();
}
