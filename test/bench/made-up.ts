import type { Figure, System } from "../../bench/figures.ts";
import type { Results } from "../../bench/run/results.ts";

function at(suite: string, system: System, tickets: number, what: string, values: Figure["values"]): Figure {
  return { suite, system, tickets, what, values };
}

/** Figures that nobody measured: round ones, so that what follows from them can be done in the head. */
export const FIGURES: readonly Figure[] = [
  ...[10_000, 100_000].flatMap((tickets) => [
    at("lists", "edgedesk", tickets, "no filter", { rows_read: 20, sql_ms: 0.5 }),
    at("lists", "edgedesk", tickets, "tag | status", { rows_read: 40, sql_ms: 1 }),
    at("lists", "edgedesk", tickets, "only here", { rows_read: 9_999, sql_ms: 9_999 }),
    at("lists", "compute-on-read", tickets, "no filter", { rows_read: 100, sql_ms: 2 }),
    at("lists", "compute-on-read", tickets, "tag | status", { rows_read: 2 * tickets, sql_ms: tickets / 1_000 }),
    at("storage", "edgedesk", tickets, "the database", { total_bytes: 10_000 * tickets, bytes_a_ticket: 10_000 }),
  ]),
  at("requests", "edgedesk", 10_000, "no filter", { cpu_ms: 2.5 }),
  at("requests", "edgedesk", 10_000, "SELECT 1", { cpu_ms: 1 }),
  at("command-times", "edgedesk", 10_000, "SetTags, projected by the queue", { cpu_ms: 9 }),
  at("command-times", "edgedesk", 10_000, "AddMessage, projected by the queue", { cpu_ms: 8 }),
  at("command-times", "edgedesk", 10_000, "AddMessage, not projected", { cpu_ms: 99 }),
  at("lists", "edgedesk", 10_000, "not served", { rows_read: 1, sql_ms: 1 }),
  at("lists", "compute-on-read", 10_000, "not served", { rows_read: null, sql_ms: null }),
  at("commands", "edgedesk", 10_000, "the same again", { rows_read: 4, rows_written: 0 }),
  ...["CreateTicket", "AddMessage", "AssignTicket", "UpdateStatus"].flatMap((what) => [
    at("commands", "edgedesk", 10_000, what, { rows_read: 4, rows_written: 10 }),
    at("commands", "edgedesk", 10_000, `projected: ${what}`, { rows_read: 16, rows_written: 20 }),
    at("commands", "inline", 10_000, what, { rows_read: 2, rows_written: 8 }),
  ]),
  at("lag", "edgedesk", 10_000, "10 commands a second", { p50_ms: 12.345, p99_ms: null }),
];

/** A run that never was. */
export const RESULTS: Results = {
  date: "2026-11-01T12:00:00.000Z",
  minutes: 12.5,
  machine: {
    cores: 2,
    cpu: "a made-up one",
    memory_bytes: 8_000_000_000,
    kernel: "Linux 6",
    load: 0.5,
    versions: { node: "24.0.0" },
  },
  options: { tickets: [10_000, 100_000], quick: false, only: [] },
  failed: [],
  figures: FIGURES.map((figure) => ({ ...figure, values: { ...figure.values } })),
};
