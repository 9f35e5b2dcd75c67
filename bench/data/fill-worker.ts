// A thread that fills one file.
import { parentPort, workerData } from "node:worker_threads";
import { fillComputeOnRead } from "./fill-compute-on-read.ts";
import { fillEdgedesk } from "./fill-edgedesk.ts";

/** The kinds of databases. */
export type Kind = "edgedesk" | "compute-on-read";

/** What is to be filled. */
export interface FillTask {
  readonly kind: Kind;
  readonly tickets: number;
  readonly path: string;
}

/** Said now and then, and at the end. */
export type FillMessage = { readonly share: number } | { readonly finished: true };

const FILLS = { edgedesk: fillEdgedesk, "compute-on-read": fillComputeOnRead };
/** Milliseconds from one sign of life to the next. */
const TELL_MS = 200;

const { kind, tickets, path }: FillTask = workerData;
const say = (message: FillMessage) => parentPort?.postMessage(message);
let saidAt = 0;
await FILLS[kind](path, tickets, (share) => {
  const now = performance.now();
  if (now - saidAt < TELL_MS) return;
  saidAt = now;
  say({ share });
});
say({ finished: true });
