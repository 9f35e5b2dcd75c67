import { counted, figure } from "../console.ts";

/** What became of the lines so far. */
export interface Tally {
  /** The number of the last line that is settled. */
  line: number;
  /** Lines with a ticket in them: taken, repeated or refused. */
  tickets: number;
  taken: number;
  /** Lines whose ticket was there already. */
  repeated: number;
  refused: number;
  blank: number;
  /** Bytes sent, without what was sent again. */
  bytes: number;
  /** When the server recorded the last ticket that it took, as it says it; null while it took none. */
  recordedAt: string | null;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { line: 0, tickets: 0, taken: 0, repeated: 0, refused: 0, blank: 0, bytes: 0, recordedAt: null };
}

/** The tally in words: "12,347 taken, 0 already there, 0 refused". */
export function inWords({ taken, repeated, refused, blank }: Tally): string {
  const skipped = blank === 0 ? "" : ` (${counted(blank, "blank line")} passed over)`;
  return `${figure(taken)} taken, ${figure(repeated)} already there, ${figure(refused)} refused${skipped}`;
}
