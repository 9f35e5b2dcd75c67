import type { DataFile } from "./data-file.ts";
import { differenceOf, expectedRow } from "./history.ts";
import type { Violation } from "./ledger.ts";

/**
 * Holds the file to what must be true at any moment, also that of a crash: a ticket's row is its projection, or that of an
 * earlier version and then the ticket is in the backlog; and the source is whole.
 */
export function checkFile({ log, rows, backlog, versions, numbers }: DataFile): Violation[] {
  const found: Violation[] = [];
  for (const [id, events] of log) {
    const row = rows.get(id);
    const isBehind = (row?.version ?? 0) < events.length;
    if (isBehind && backlog.get(id) !== events.length) {
      const where = `its row is at version ${row?.version ?? 0} of ${events.length}`;
      found.push({ kind: "forgotten", detail: `ticket ${id} is not in the backlog, and ${where}` });
    }
    const expected = row && row.version <= events.length ? expectedRow(events, row.version) : undefined;
    const difference = row && (expected === undefined ? "there is no such version" : differenceOf(row, expected));
    if (difference) found.push({ kind: "stale row", detail: `the row of ${id} shows what never was: ${difference}` });
    if (versions.get(id) !== events.length) {
      const detail = `ticket ${id} is at version ${versions.get(id)}, and has ${events.length} events`;
      found.push({ kind: "lost", detail });
    }
  }
  for (const id of new Set([...rows.keys(), ...backlog.keys(), ...versions.keys()])) {
    if (!log.has(id)) found.push({ kind: "lost", detail: `ticket ${id} has no events` });
  }
  if (new Set(numbers).size > 1) {
    found.push({
      kind: "gap",
      detail: `the clock, the newest event and the number of events are ${numbers.join(", ")}`,
    });
  }
  return found;
}

/** How many tickets are not shown as they are. */
export function rowsBehind({ log, rows }: Pick<DataFile, "log" | "rows">): number {
  return [...log].filter(([id, events]) => (rows.get(id)?.version ?? 0) < events.length).length;
}
