import { join } from "node:path";
import { inThreads } from "../simulate/threads.ts";
import type { FaultSet } from "./faults.ts";
import { PLAYS } from "./plays.ts";
import type { Enumeration } from "./run-point.ts";

/** Which crash points to try. */
export interface CrashRequest {
  /** Only plays whose names have this text in them. */
  readonly name?: string;
  /** `usual` by default. `all` tries every sequel after each fault, and the slow plays. */
  readonly faults?: FaultSet;
  readonly jobs: number;
  readonly stopping?: AbortSignal;
  /** Called after each play. */
  readonly onProgress?: (done: number, failed: number) => void;
}

/** What became of them. */
export interface CrashResult {
  readonly seconds: number;
  /** Each with its play's name, in the order of the plays. */
  readonly plays: readonly Enumeration[];
  readonly points: number;
  readonly runs: number;
}

/** The names of the plays that a request is about. */
export function playsFor({ name = "", faults = "usual" }: Pick<CrashRequest, "name" | "faults">): string[] {
  return PLAYS.filter((play) => play.name.includes(name) && (faults === "all" || !play.isSlow)).map(
    (play) => play.name,
  );
}

/** Tries all crash points of all plays, several plays at once. */
export async function runCrashPoints(request: CrashRequest): Promise<CrashResult> {
  const { faults = "usual", jobs, stopping, onProgress } = request;
  const begun = performance.now();
  const names = playsFor(request);
  const left = [...names];
  const done = new Map<string, Enumeration>();
  let failed = 0;
  await inThreads<string, Enumeration>({
    script: join(import.meta.dirname, "worker.ts"),
    workerData: { faults },
    jobs: Math.min(jobs, names.length),
    next: () => left.shift(),
    take: (result) => {
      done.set(result.name, result);
      failed += result.failed.length;
      onProgress?.(done.size, failed);
    },
    stopping,
  });
  const plays = names.flatMap((name) => done.get(name) ?? []);
  const sum = (figure: "points" | "runs") => plays.reduce((total, play) => total + play[figure], 0);
  return { plays, points: sum("points"), runs: sum("runs"), seconds: (performance.now() - begun) / 1_000 };
}
