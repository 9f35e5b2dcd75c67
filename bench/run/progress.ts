import { duration } from "../../scripts/console.ts";
import { createDisplay } from "../../scripts/progress-display.ts";

/** A bar counts in whole steps. */
const STEPS = 1_000;
/** Of the whole: before that, nothing is said of the time left. */
const KNOWN_FROM = 0.02;

/** A part of the run, and how long it takes in rough minutes. */
export interface Part {
  readonly name: string;
  readonly minutes: number;
}

/** How much of all parts is done where one of them is at a share of its own. */
export function shareOf(parts: readonly Part[], current: number, share: number): number {
  const sum = (some: readonly Part[]) => some.reduce((minutes, part) => minutes + part.minutes, 0);
  const whole = sum(parts);
  return whole === 0 ? 1 : (sum(parts.slice(0, current)) + (parts[current]?.minutes ?? 0) * share) / whole;
}

/** Shows how the whole run goes: one bar on a terminal, lines elsewhere. */
export function createProgress(parts: readonly Part[]) {
  const display = createDisplay();
  const begun = performance.now();
  let furthest = 0;
  return {
    /** Tells how far a part is, from 0 to 1. */
    show(current: number, share: number, doing: string): void {
      furthest = Math.max(furthest, shareOf(parts, current, Math.min(1, Math.max(0, share))));
      const taken = performance.now() - begun;
      const left = furthest < KNOWN_FROM ? [] : [`${duration((taken / furthest) * (1 - furthest))} left`];
      const name = parts[current]?.name ?? "";
      const percent = `${Math.floor(furthest * 100)} %`;
      display.show({
        stage: "bench",
        done: Math.floor(furthest * STEPS),
        total: STEPS,
        beside: [name, doing, ...left].join(" | "),
        line: `${percent}: ${name}, ${[doing, ...left].join(", ")}`,
      });
    },
    note: (text: string): void => display.note(text),
    end: (): void => display.end(),
  };
}

/** As {@link createProgress} makes it. */
export type Progress = ReturnType<typeof createProgress>;
