import { isUtf8 } from "node:buffer";
import { figure } from "../console.ts";
import type { Line } from "./lines.ts";

/** The limits of one request. */
export interface ChunkLimits {
  readonly lines: number;
  readonly bytes: number;
  /** The longest line, in bytes. A line longer than `bytes` gets its own request. */
  readonly line: number;
}

/** The API accepts 8 MB a request. Smaller requests are answered sooner, and lose less if a connection breaks. */
export const CHUNK_LIMITS: ChunkLimits = { lines: 500, bytes: 2_000_000, line: 8 * 1024 * 1024 };

const OPENING_BRACE = 0x7b;

/** A line that can be sent. */
export interface SendableLine {
  readonly number: number;
  readonly bytes: Buffer;
}

/** A refused line, with the reasons. */
export interface Refusal {
  /** 1-based, in the file. */
  readonly line: number;
  readonly errors: readonly { readonly detail: string; readonly pointer?: string | undefined }[];
  /** The content of the line: parsed if it is JSON, else as text; null if the line was too long to be kept. */
  readonly ticket: unknown;
}

/** A part of the file: the lines to send, and the lines that are not sent. */
export interface Chunk {
  readonly lines: readonly SendableLine[];
  readonly refusals: readonly Refusal[];
  readonly blank: number;
  /** The number of the last line in it. */
  readonly lastLine: number;
  readonly bytes: number;
  /** Bytes of the file up to the end of the chunk. */
  readonly position: number;
}

/** Cuts a file into chunks within the limits. Each line is in exactly one chunk. */
export async function* chunksOf(
  lines: AsyncIterable<Line>,
  limits: ChunkLimits,
): AsyncGenerator<Chunk, void, undefined> {
  let chunk = emptyChunk();
  for await (const line of lines) {
    const blank = line.bytes !== undefined && isBlank(line.bytes);
    const sendable = line.bytes !== undefined && !blank && isUtf8(line.bytes) ? line.bytes : undefined;
    // One more byte for the line end.
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

/** The body of a request with these lines, without a line end after the last one: so the longest line still fits. */
export function bodyOf(lines: readonly SendableLine[]): Buffer<ArrayBuffer> {
  const newline = Buffer.from("\n");
  return Buffer.concat(lines.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [newline, bytes])));
}

/** The content of a line: parsed if it is JSON, else as text. */
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

/** As on the server, which counts all white space of Unicode. */
function isBlank(bytes: Buffer): boolean {
  return bytes[0] !== OPENING_BRACE && bytes.toString("utf8").trim() === "";
}

function refused({ number, bytes, length }: Line, limits: ChunkLimits): Refusal {
  const detail =
    bytes === undefined
      ? `The line has ${figure(length)} bytes; the limit is ${figure(limits.line)}.`
      : // The server would replace the wrong bytes, and store another text.
        "The line is not valid UTF-8.";
  return { line: number, errors: [{ detail }], ticket: bytes === undefined ? null : contentOf(bytes) };
}
