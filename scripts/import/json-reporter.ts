import { printEvent } from "../console.ts";
import type { Refusal } from "./chunks.ts";
import type { Projections } from "./client.ts";
import type { Reporter } from "./reporter.ts";
import type { Tally } from "./tally.ts";

/** For programs: one JSON object a line on stdout, and nothing else. */
export class JsonReporter implements Reporter {
  progress(tally: Tally, fraction: number | undefined): void {
    printEvent("progress", { ...figures(tally), fraction: fraction ?? null });
  }

  refused(refusals: readonly Refusal[]): void {
    for (const { line, errors } of refusals) printEvent("refused", { line, errors });
  }

  retry(reason: string, pauseMs: number): void {
    printEvent("retry", { reason, pause_ms: Math.round(pauseMs) });
  }

  note(text: string): void {
    printEvent("note", { text });
  }

  waiting({ backlog, as_of }: Projections): void {
    printEvent("waiting", { backlog: backlog.count, as_of });
  }

  end(): void {}

  /** The last event: `done`, `stopped` or `failed`. */
  last(event: string, tally: Tally, more: Readonly<Record<string, unknown>>): void {
    printEvent(event, { ...figures(tally), ...more });
  }
}

function figures({ line, tickets, taken, repeated, refused, blank, bytes, recordedAt }: Tally) {
  return { line, tickets, taken, repeated, refused, blank, bytes, recorded_at: recordedAt };
}
