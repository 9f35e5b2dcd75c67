import { join } from "node:path";
import { inThreads } from "../simulation/simulate/threads.ts";
import type { Chunk, ChunkResult, Failure } from "./chunk.ts";

/** How many inputs, and how. */
export interface FuzzRequest {
  readonly inputs: number;
  /** Of the first chunk; each further one has the next. */
  readonly seed: number;
  readonly jobs: number;
  /** Ends the run early; what is done by then counts. */
  readonly stopping?: AbortSignal;
  readonly onProgress?: (done: number, failed: number) => void;
}

/** What the inputs amount to: the same whatever the number of jobs, but for the time. */
export interface FuzzResult {
  readonly inputs: number;
  readonly seconds: number;
  /** How many inputs were made of each operation, and how they were answered: by status. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How many queries with a parameter were taken: `GET /tickets?status`. */
  readonly parameters: Readonly<Record<string, number>>;
  /** By seed; at most one a chunk. */
  readonly failed: readonly Failure[];
}

/** Inputs of one seed. */
export const CHUNK_INPUTS = 500;

/** Sends hostile inputs, several chunks at once, each in a thread of its own. */
export async function runFuzz({ inputs, seed, jobs, stopping, onProgress }: FuzzRequest): Promise<FuzzResult> {
  const begun = performance.now();
  const chunks = Math.ceil(inputs / CHUNK_INPUTS);
  const operations: Record<string, Record<string, number>> = {};
  const parameters: Record<string, number> = {};
  const failed: Failure[] = [];
  let given = 0;
  let done = 0;
  await inThreads<Chunk, ChunkResult>({
    script: join(import.meta.dirname, "worker.ts"),
    workerData: {},
    jobs: Math.min(jobs, chunks),
    stopping,
    next: () => {
      const left = inputs - given * CHUNK_INPUTS;
      return left > 0 ? { seed: seed + given++, inputs: Math.min(CHUNK_INPUTS, left) } : undefined;
    },
    take: (result) => {
      done += result.inputs;
      if (result.failure) failed.push(result.failure);
      for (const [kind, times] of Object.entries(result.answers)) {
        const [, operation = "", status = ""] = /^(.*) (\d+)$/.exec(kind) ?? [];
        operations[operation] = { ...operations[operation], [status]: (operations[operation]?.[status] ?? 0) + times };
      }
      for (const [name, times] of Object.entries(result.parameters)) {
        parameters[name] = (parameters[name] ?? 0) + times;
      }
      onProgress?.(done, failed.length);
    },
  });
  const seconds = (performance.now() - begun) / 1_000;
  return {
    inputs: done,
    seconds,
    operations,
    parameters,
    failed: failed.toSorted((one, other) => one.seed - other.seed),
  };
}
