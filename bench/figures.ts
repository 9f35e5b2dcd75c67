/** What is measured on: the service, or what people would use instead. */
export type System =
  | "edgedesk"
  /** The same Worker, whose commands project in their own batch. */
  | "inline"
  /** A Worker on the same D1 without a read model: each list computes what it shows. */
  | "compute-on-read"
  /** Node with SQLite in its own process, reading the same read table. */
  | "node"
  /** The database by itself: what no service can be faster than. */
  | "sqlite"
  /** Emmett with its SQLite store and an inline projection. */
  | "emmett";

/** One line of a table: what one system took for one thing at one size. */
export interface Figure {
  /** The suite that measured it, which is also the table that shows it. */
  readonly suite: string;
  readonly system: System;
  /** How many tickets the database held; 0 where that does not matter. */
  readonly tickets: number;
  /** What was done, in a few words: "status=open", "SetPriority". */
  readonly what: string;
  /** By name, with the unit as its end (`sql_ms`, `rows_read`, `of_floor`); null where it could not be measured. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** What a suite is given. */
export interface Bench {
  readonly sizes: readonly number[];
  /** Fewer repetitions, for a look. */
  readonly isQuick: boolean;
  /** Where a runtime may keep its files; removed at the end. */
  readonly folder: string;
  /** The filled database of a kind, ready to be placed. */
  readonly database: (kind: "edgedesk" | "compute-on-read", tickets: number) => string;
  readonly stopping: AbortSignal;
  /** Tells how far the suite is, from 0 to 1, and what it is doing. */
  readonly progress: (share: number, doing: string) => void;
}

/** Something that the bench measures. */
export interface Suite {
  /** As `--only` takes it. */
  readonly name: string;
  /** A rough part of the whole, for the time left: minutes of the full run. */
  readonly minutes: number;
  readonly run: (bench: Bench) => Promise<readonly Figure[]>;
}
