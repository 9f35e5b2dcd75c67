import { duration, figure } from "../../scripts/console.ts";
import { Pace } from "../../scripts/import/pace.ts";
import { createDisplay } from "../../scripts/progress-display.ts";

/** A bar counts in whole steps. */
const STEPS = 1_000;

/** Shows how a fill goes: a bar on a terminal, lines elsewhere. */
export function createFillProgress() {
  const display = createDisplay();
  const pace = new Pace(performance.now());
  return {
    progress(done: number, total: number, share: number): void {
      pace.note(performance.now(), done, share);
      const rate = `${figure(pace.rate)} tickets/s`;
      const left = pace.left === undefined ? [] : [`${duration(pace.left)} left`];
      const tickets = `${figure(done)} of ${figure(total)} tickets`;
      display.show({
        stage: "filling",
        done: Math.floor(share * STEPS),
        total: STEPS,
        beside: [tickets, rate, ...left].join(" | "),
        line: `filling databases: ${[tickets, rate, ...left].join(", ")}`,
      });
    },
    end(): void {
      display.end();
    },
  };
}
