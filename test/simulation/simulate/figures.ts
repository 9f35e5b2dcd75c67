import { figure } from "../../../scripts/console.ts";
import type { Tally } from "../faults.ts";
import type { RunResult } from "./run.ts";

/** What is counted besides the faults. */
const DEEDS: ReadonlySet<string> = new Set(["command", "command repeated", "list", "list not modified"]);

/** How often what went wrong. */
export function faultsOf(tally: Tally): Tally {
  return Object.fromEntries(
    Object.entries(tally)
      .filter(([kind]) => !DEEDS.has(kind))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** The figures of a run, as lines. */
export function figureLines({ histories, steps, tally }: RunResult): string[] {
  const rows: [string, number][] = [
    ["histories", histories],
    ["steps", steps],
    ["commands", tally["command"] ?? 0],
    ["commands sent again", tally["command repeated"] ?? 0],
    ["lists", tally["list"] ?? 0],
    ["lists not modified", tally["list not modified"] ?? 0],
    ...Object.entries(faultsOf(tally)),
  ];
  const name = Math.max(...rows.map(([kind]) => kind.length));
  const value = Math.max(...rows.map(([, times]) => figure(times).length));
  return rows.map(([kind, times]) => `  ${kind.padEnd(name)}  ${figure(times).padStart(value)}`);
}
