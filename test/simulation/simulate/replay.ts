import { type Outcome, runHistory } from "../history.ts";

/** A history, and what happened in it, line by line. */
export interface Replay extends Outcome {
  readonly lines: readonly string[];
}

/** Runs the history of a seed. It ends even if the service does not: what never settles is a violation like any other. */
export async function replayHistory(seed: number, steps: number): Promise<Replay> {
  const lines: string[] = [];
  // About ten lines a step are usual.
  const most = 100_000 + 100 * steps;
  const outcome = await runHistory(seed, steps, (line) => {
    if (lines.length >= most) throw new Error(`it goes on for ever: ${most} lines, and no end`);
    lines.push(line);
  });
  return { ...outcome, lines };
}
