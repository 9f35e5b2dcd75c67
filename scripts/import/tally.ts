import { counted, figure } from "../console.ts";

/** Counts of the lines so far, by outcome. */
export interface Tally {
  /** The number of the last line that has an outcome. */
  line: number;
  /** Lines with a ticket: imported, existing or refused. */
  tickets: number;
  taken: number;
  /** Lines whose ticket already existed. */
  repeated: number;
  refused: number;
  blank: number;
  /** Bytes sent, without retries. */
  bytes: number;
  /** When the server recorded the last imported ticket (RFC 3339); null before the first. */
  recordedAt: string | null;
}

/** A tally before the first line. */
export function emptyTally(): Tally {
  return { line: 0, tickets: 0, taken: 0, repeated: 0, refused: 0, blank: 0, bytes: 0, recordedAt: null };
}

/** The tally in words: "12,347 imported, 0 already existed, 0 refused". */
export function inWords({ taken, repeated, refused, blank }: Tally): string {
  const skipped = blank === 0 ? "" : ` (${counted(blank, "blank line")} skipped)`;
  return `${figure(taken)} imported, ${figure(repeated)} already existed, ${figure(refused)} refused${skipped}`;
}
