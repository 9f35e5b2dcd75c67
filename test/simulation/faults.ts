/** How often what goes wrong, each from 0 to 1. */
export interface Faults {
  readonly messageDropped: number;
  readonly messageDoubled: number;
  /** Messages that come later than others that were sent after them. */
  readonly messageDelayed: number;
  readonly sendFails: number;
  readonly callFailsBefore: number;
  readonly callFailsAfter: number;
  /** The caller is told that the call failed; it takes effect later. */
  readonly callLate: number;
  /** The database stops answering for a time, all calls at once. */
  readonly stall: number;
}

export const FAULTS: Faults = {
  messageDropped: 0.2,
  messageDoubled: 0.2,
  messageDelayed: 0.4,
  sendFails: 0.05,
  callFailsBefore: 0.02,
  callFailsAfter: 0.02,
  callLate: 0.01,
  stall: 0.008,
};

/** A healed world. */
export const NO_FAULTS: Faults = {
  messageDropped: 0,
  messageDoubled: 0,
  messageDelayed: 0,
  sendFails: 0,
  callFailsBefore: 0,
  callFailsAfter: 0,
  callLate: 0,
  stall: 0,
};

/** Counts of what happened, by kind. */
export type Tally = Record<string, number>;

/** Adds one to a count. */
export function count(tally: Tally, kind: string, by = 1): void {
  tally[kind] = (tally[kind] ?? 0) + by;
}
