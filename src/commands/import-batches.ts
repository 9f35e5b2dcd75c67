import { Refusal } from "../domain/refusal.ts";
import { fieldErrors } from "../platform/input-errors.ts";
import { futureTimes, type ImportLine, importLineSchema } from "./import-line.ts";
import type { RefusedLine, RefusedLines } from "./refused-lines.ts";

/** Lines of one request: as many as a Worker can import within its 1,000 D1 calls. */
export const MAX_LINES = 10_000;

/** The largest transaction: tickets, and bytes of their lines. */
export const MAX_BATCH = { tickets: 250, bytes: 2_000_000 };

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tickets of one transaction. */
export interface Batch {
  /** The line number of the first ticket. */
  readonly firstLine: number;
  readonly tickets: ImportLine[];
  /** Invalid lines after the first ticket. */
  readonly refused: RefusedLine[];
}

/**
 * Reads the tickets of an import, batch by batch. Only the lines of one batch are decoded at a time. The body is complete, so that one
 * with too many lines, or with invalid UTF-8, is refused before any line is imported.
 *
 * @param body NDJSON in UTF-8
 * @param now milliseconds since 1970; lines with later times are refused
 * @param before collects the refused lines before the first ticket of a batch: they do not depend on the batch
 * @throws {@link Refusal} `too-many-lines`, before the first batch
 */
export function* batchesOf(body: Uint8Array, now: number, before: Pick<RefusedLines, "add">): Generator<Batch> {
  if (countLines(body) > MAX_LINES) {
    throw new Refusal("too-many-lines", `The import has more than ${MAX_LINES} lines: split it into several requests`);
  }
  let batch: Batch | undefined;
  let bytes = 0;
  let number = 0;
  for (const line of linesOf(body)) {
    number++;
    const text = utf8.decode(line);
    if (text.trim() === "") continue;
    const { ticket, ...reasons } = readLine(text, now);
    if (!ticket) {
      const refused = { line: number, external_id: null, errors: [], ...reasons };
      if (batch) batch.refused.push(refused);
      else before.add(refused);
      continue;
    }
    if (batch && (batch.tickets.length === MAX_BATCH.tickets || bytes + line.length > MAX_BATCH.bytes)) {
      yield batch;
      batch = undefined;
    }
    batch ??= { firstLine: number, tickets: [], refused: [] };
    bytes = line.length + (batch.tickets.length === 0 ? 0 : bytes);
    batch.tickets.push(ticket);
  }
  if (batch) yield batch;
}

function countLines(body: Uint8Array): number {
  let lines = 0;
  for (let end = body.indexOf(NEWLINE); end !== -1; end = body.indexOf(NEWLINE, end + 1)) lines++;
  return body.at(-1) === NEWLINE ? lines : lines + 1;
}

function* linesOf(body: Uint8Array): Generator<Uint8Array> {
  let start = BYTE_ORDER_MARK.every((byte, at) => body[at] === byte) ? BYTE_ORDER_MARK.length : 0;
  for (let end = body.indexOf(NEWLINE, start); end !== -1; end = body.indexOf(NEWLINE, start)) {
    yield body.subarray(start, end);
    start = end + 1;
  }
  yield body.subarray(start);
}

function readLine(text: string, now: number): Partial<RefusedLine> & { ticket?: ImportLine } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { errors: [{ detail: "is not valid JSON", pointer: "" }] };
  }
  const parsed = importLineSchema.safeParse(json);
  if (!parsed.success) return { external_id: externalIdOf(json), errors: fieldErrors(parsed.error) };
  const errors = futureTimes(parsed.data, now);
  if (errors.length > 0) return { external_id: parsed.data.external_id, errors };
  return { ticket: parsed.data };
}

function externalIdOf(json: unknown): string | null {
  if (typeof json !== "object" || json === null || !("external_id" in json)) return null;
  return typeof json.external_id === "string" ? json.external_id : null;
}
