import { statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { size } from "../../scripts/console.ts";
import { Failure } from "../../scripts/local/run.ts";
import { cached, type FilledFile, isFilled, keep, underWork } from "./cache.ts";
import { QUIETLY } from "./fill-edgedesk.ts";
import type { FillMessage, FillTask, Kind } from "./fill-worker.ts";

/** Which files are wanted. */
export interface FillRequest {
  readonly sizes: readonly number[];
  readonly kinds?: readonly Kind[];
  readonly folder?: string;
  /** Ends the work early. */
  readonly stopping?: AbortSignal;
  /** Called now and then with the tickets that are filled so far, of how many, and how much of the work that is, from 0 to 1. */
  readonly onProgress?: (done: number, total: number, share: number) => void;
}

/** What a fill has taken. */
export interface Filled extends FilledFile {
  readonly bytes: number;
  /** Undefined where it was there already. */
  readonly seconds: number | undefined;
}

/** What a ticket costs in either, as it was measured. */
const WEIGHTS: Readonly<Record<Kind, number>> = { edgedesk: 4, "compute-on-read": 1 };
/** Bytes of a ticket in either, and a little more. */
const BYTES: Readonly<Record<Kind, number>> = { edgedesk: 15_000, "compute-on-read": 5_000 };
/** Files that are filled at once: one of them keeps a second thread at work. */
const AT_ONCE = 2;

/**
 * Fills the files that are not there yet, the largest first.
 *
 * @throws Failure where the disk has no room for them
 */
export async function fill({
  sizes,
  kinds = ["edgedesk", "compute-on-read"],
  ...request
}: FillRequest): Promise<Filled[]> {
  const wanted = kinds.flatMap((kind) => sizes.map((tickets) => cached(kind, tickets, request.folder)));
  const missing = wanted.filter((file) => !isFilled(file)).toSorted((one, other) => workOf(other) - workOf(one));
  insistOnRoom(missing);
  const seconds = new Map<FilledFile, number>();
  const shares = new Map<FilledFile, number>();
  const left = [...missing];
  const tell = (file: FilledFile, share: number) => {
    shares.set(file, share);
    request.onProgress?.(...sumOf(missing, shares));
  };
  const workThrough = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      const begun = performance.now();
      const current = file;
      await fillOne(current, (share) => tell(current, share), request.stopping);
      seconds.set(current, (performance.now() - begun) / 1_000);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workThrough));
  return wanted.map((file) => ({ ...file, bytes: statSync(file.path).size, seconds: seconds.get(file) }));
}

function insistOnRoom(files: readonly FilledFile[]): void {
  const [first] = files;
  if (!first) return;
  const needed = files.reduce((sum, { kind, tickets }) => sum + BYTES[kind] * tickets, 0);
  const folder = dirname(underWork(first));
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return;
  throw new Failure(
    `${folder} has room for ${size(bavail * bsize)}, and the databases need ${size(needed)}: ask for fewer tickets`,
  );
}

function workOf({ kind, tickets }: FilledFile): number {
  return WEIGHTS[kind] * tickets;
}

function sumOf(files: readonly FilledFile[], shares: ReadonlyMap<FilledFile, number>): [number, number, number] {
  const total = files.reduce((sum, { tickets }) => sum + tickets, 0);
  const done = files.reduce((sum, file) => sum + file.tickets * (shares.get(file) ?? 0), 0);
  const work = files.reduce((sum, file) => sum + workOf(file), 0);
  const worked = files.reduce((sum, file) => sum + workOf(file) * (shares.get(file) ?? 0), 0);
  return [done, total, work === 0 ? 1 : worked / work];
}

async function fillOne(file: FilledFile, told: (share: number) => void, stopping?: AbortSignal): Promise<void> {
  stopping?.throwIfAborted();
  const workerData: FillTask = { kind: file.kind, tickets: file.tickets, path: underWork(file) };
  const thread = new Worker(join(import.meta.dirname, "fill-worker.ts"), { workerData, execArgv: QUIETLY });
  try {
    await new Promise<void>((resolve, reject) => {
      thread.on("message", (message: FillMessage) => ("share" in message ? told(message.share) : resolve()));
      thread.on("error", reject);
      thread.on("exit", (code) => reject(new Error(`the thread that fills ${file.path} ended with code ${code}`)));
      stopping?.addEventListener("abort", () => reject(stopping.reason));
    });
  } finally {
    await thread.terminate();
  }
  told(1);
  keep(file);
}
