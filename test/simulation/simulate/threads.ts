import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Work that several threads share. */
export interface SharedWork<Task, Result> {
  /** The file that each of them runs: it answers every message, a task, with a result. */
  readonly script: string;
  /** What each is told when it starts. */
  readonly workerData: unknown;
  readonly jobs: number;
  /** The next task; undefined where there is none left. */
  readonly next: () => Task | undefined;
  /** Called with each result, in any order. */
  readonly take: (result: Result) => void;
  /** Ends the work early. */
  readonly stopping?: AbortSignal | undefined;
}

/** More threads slow each other down on the machines of most people. */
const DEFAULT_JOBS = 4;

/** As many threads as there are cores, within reason. */
export function defaultJobs(): number {
  return Math.min(availableParallelism(), DEFAULT_JOBS);
}

/** Has the work done. */
export async function inThreads<Task, Result>(work: SharedWork<Task, Result>): Promise<void> {
  // Not the caller's own options: a test runner's mean nothing here. Early versions of Node 24 call SQLite experimental.
  const options = { workerData: work.workerData, execArgv: ["--disable-warning=ExperimentalWarning"] };
  const workers = Array.from({ length: work.jobs }, () => new Worker(work.script, options));
  try {
    await Promise.all(workers.map((worker) => serve(worker, work)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives one thread one task after the other. */
function serve<Task, Result>(worker: Worker, { next, take, stopping }: SharedWork<Task, Result>): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveNext = () => {
      const task = stopping?.aborted ? undefined : next();
      if (task === undefined) resolve();
      else worker.postMessage(task);
    };
    worker.on("message", (result: Result) => {
      take(result);
      giveNext();
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread of the simulation ended by itself with code ${code}`)));
    stopping?.addEventListener("abort", () => resolve());
    giveNext();
  });
}
