import { isUtf8 } from "node:buffer";
import { figure } from "../console.ts";
import type { Line } from "./lines.ts";

/** How much goes into one request. */
export interface ChunkLimits {
  readonly lines: number;
  readonly bytes: number;
  /** The longest line that a request may have: it then has the request to itself. */
  readonly line: number;
}

/** The API takes 8 MB a request; smaller ones are answered sooner, and lose less when a connection breaks. */
export const CHUNK_LIMITS: ChunkLimits = { lines: 500, bytes: 2_000_000, line: 8 * 1024 * 1024 };

const OPENING_BRACE = 0x7b;

/** A line that can be sent. */
export interface SendableLine {
  readonly number: number;
  readonly bytes: Buffer;
}

/** A line that was not taken, and why. */
export interface Refusal {
  /** 1-based, in the file. */
  readonly line: number;
  readonly errors: readonly { readonly detail: string; readonly pointer?: string | undefined }[];
  /** The line's content: as JSON if it is that, else as text; null if it was too long to be kept. */
  readonly ticket: unknown;
}

/** A stretch of the file: what of it is to be sent, and what needs no sending. */
export interface Chunk {
  readonly lines: readonly SendableLine[];
  readonly refusals: readonly Refusal[];
  readonly blank: number;
  /** The number of the last line in it. */
  readonly lastLine: number;
  readonly bytes: number;
  /** How many bytes of the file are read up to its end. */
  readonly position: number;
}

/** Cuts a file into chunks within the limits; every line is in exactly one of them. */
export async function* chunksOf(
  lines: AsyncIterable<Line>,
  limits: ChunkLimits,
): AsyncGenerator<Chunk, void, undefined> {
  let chunk = emptyChunk();
  for await (const line of lines) {
    const blank = line.bytes !== undefined && isBlank(line.bytes);
    const sendable = line.bytes !== undefined && !blank && isUtf8(line.bytes) ? line.bytes : undefined;
    // One more byte for the line's end.
    if (sendable !== undefined && chunk.lines.length > 0 && chunk.bytes + sendable.length + 1 > limits.bytes) {
      yield chunk;
      chunk = emptyChunk();
    }
    chunk.lastLine = line.number;
    chunk.position = line.position;
    if (sendable !== undefined) {
      chunk.lines.push({ number: line.number, bytes: sendable });
      chunk.bytes += sendable.length + 1;
    } else if (blank) {
      chunk.blank += 1;
    } else {
      chunk.refusals.push(refused(line, limits));
    }
    if (chunk.lines.length + chunk.refusals.length >= limits.lines) {
      yield chunk;
      chunk = emptyChunk();
    }
  }
  if (chunk.lastLine > 0) yield chunk;
}

/** The body of a request with these lines. Without an end after the last one, so that the longest line still fits. */
export function bodyOf(lines: readonly SendableLine[]): Buffer<ArrayBuffer> {
  const newline = Buffer.from("\n");
  return Buffer.concat(lines.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [newline, bytes])));
}

/** The content of a line, for the one who has to mend it. */
export function contentOf(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function emptyChunk() {
  return { lines: [] as SendableLine[], refusals: [] as Refusal[], blank: 0, lastLine: 0, bytes: 0, position: 0 };
}

/** As the server sees it: Unicode's white space counts. */
function isBlank(bytes: Buffer): boolean {
  return bytes[0] !== OPENING_BRACE && bytes.toString("utf8").trim() === "";
}

function refused({ number, bytes, length }: Line, limits: ChunkLimits): Refusal {
  const detail =
    bytes === undefined
      ? `The line has ${figure(length)} bytes; at most ${figure(limits.line)} are taken.`
      : // The server would have to guess, and would store other text than the file has.
        "The line is not valid UTF-8.";
  return { line: number, errors: [{ detail }], ticket: bytes === undefined ? null : contentOf(bytes) };
}
