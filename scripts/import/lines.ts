import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ExitError } from "../console.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** A line of the file, as bytes: a character that spans two reads stays whole. */
export interface Line {
  /** 1-based, in the file. */
  readonly number: number;
  /** Bytes of the line, without the line end. */
  readonly length: number;
  /** Undefined if the line is longer than the limit. */
  readonly bytes: Buffer | undefined;
  /** Bytes of the file up to here; approximate for a gzipped file. */
  readonly position: number;
}

/** An opened file. */
export interface Source {
  /** Bytes on the disk; 0 if unknown, as with a pipe. */
  readonly size: number;
  lines(limit: number): AsyncGenerator<Line, void, undefined>;
}

/**
 * Opens a .jsonl or .jsonl.gz file.
 *
 * @throws ExitError with exit code 2 if the file does not exist or cannot be read; while reading, if it is damaged.
 */
export async function openSource(file: string): Promise<Source> {
  try {
    const info = await stat(file);
    if (info.isDirectory()) throw new ExitError(`${file} is a folder; give a .jsonl or .jsonl.gz file`, 2);
    const gzipped = file.endsWith(".gz") || (info.isFile() && (await startsWith(file, GZIP_MAGIC)));
    return { size: info.size, lines: (limit) => readLines(file, gzipped, limit) };
  } catch (error) {
    throw unreadable(file, error, 0);
  }
}

async function startsWith(file: string, magic: Buffer): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return bytesRead === magic.length && buffer.equals(magic);
  } finally {
    await handle.close();
  }
}

async function* readLines(file: string, gzipped: boolean, limit: number): AsyncGenerator<Line, void, undefined> {
  const raw = createReadStream(file);
  const gunzip = gzipped ? createGunzip() : undefined;
  // The pipeline destroys both streams if one fails; the loop below throws the error.
  if (gunzip !== undefined) pipeline(raw, gunzip, () => {});
  const stream = gunzip ?? raw;
  const line = new LineBuffer(limit);
  let number = 0;
  let before = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        line.add(chunk.subarray(start, end));
        start = end + 1;
        number += 1;
        yield { number, position: gunzip?.bytesWritten ?? before + start, ...line.take(number === 1) };
      }
      line.add(chunk.subarray(start));
      before += chunk.length;
    }
  } catch (error) {
    throw unreadable(file, error, number);
  } finally {
    raw.destroy();
    gunzip?.destroy();
  }
  // The last line may have no line end.
  if (line.length > 0)
    yield { number: number + 1, position: gunzip?.bytesWritten ?? before, ...line.take(number === 0) };
}

/** Collects the pieces of a line. A line over the limit is measured and not kept. */
class LineBuffer {
  length = 0;
  #pieces: Buffer[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: Buffer): void {
    this.length += piece.length;
    if (this.length > this.#limit) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  take(first: boolean): Pick<Line, "length" | "bytes"> {
    const { length } = this;
    const pieces = this.#pieces;
    this.length = 0;
    this.#pieces = [];
    if (length > this.#limit) return { length, bytes: undefined };
    let bytes = Buffer.concat(pieces);
    if (bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    if (first && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3);
    return { length: bytes.length, bytes };
  }
}

function unreadable(file: string, error: unknown, lines: number): unknown {
  if (error instanceof ExitError || !(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  // Errors without a code are bugs of this script.
  if (code === "") return error;
  if (code === "ENOENT") return new ExitError(`${file} does not exist`, 2);
  if (code === "EACCES" || code === "EPERM") return new ExitError(`no permission to read ${file} (${code})`, 2);
  const where = lines === 0 ? "" : ` after line ${lines}`;
  if (code.startsWith("Z_"))
    return new ExitError(`${file} is damaged${where}: its gzip data is incomplete or wrong (${error.message})`, 2);
  return new ExitError(`${file} cannot be read${where}: ${error.message}`, 2);
}
