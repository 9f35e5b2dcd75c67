import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { triggerCron } from "../../scripts/local/cron.ts";
import { Failure } from "../../scripts/local/run.ts";
import { count } from "../simulation/faults.ts";
import type { Door } from "./door.ts";
import type { Ledger } from "./ledger.ts";

const LIMIT_MS = 120_000;

const PAUSE_MS = 500;

const progress = z.object({ state: z.string(), run: z.int() });

export type Operation = "rebuild" | "audit";

/**
 * Starts one of them, as an operator does, in the midst of the load.
 *
 * @returns the number of its run; undefined where nobody knows
 */
export async function startOperation(door: Door, ledger: Ledger, operation: Operation): Promise<number | undefined> {
  const answer = await door.ask(`/projections/${operation}`, { method: "POST" });
  if (answer === undefined) return undefined;
  if (answer.status === 202) {
    count(ledger.tally, operation === "rebuild" ? "rebuilds started" : "audits started");
    return progress.parse(answer.json).run;
  }
  ledger.surprised(`POST /projections/${operation}`, answer);
  return undefined;
}

/**
 * Brings to their end the rebuild and the audit that the crashes cut short, and has the service audit itself once more from end
 * to end: no audit may have found anything, since ever.
 */
export async function finishOperations(address: string, door: Door, ledger: Ledger): Promise<void> {
  await untilDone(address, door, "rebuild");
  await untilDone(address, door, "audit", await startOperation(door, ledger, "audit"));
  const { drift } = await door.projections();
  if (drift !== undefined && drift.found > 0) {
    ledger.violated([{ kind: "stale row", detail: `the service's own audits have found ${drift.found} rows` }]);
  }
}

/** @param run the one that is waited for; unless it is given, the one that there is */
async function untilDone(address: string, door: Door, operation: Operation, run?: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  let awaited = run;
  while (performance.now() < deadline) {
    const answer = await door.ask(`/projections/${operation}`);
    const { state, run: current } = progress.parse(answer?.json);
    awaited ??= current;
    // The cron begins an audit of its own as soon as one has ended, which takes it half a day.
    if (current !== awaited || (state !== "running" && state !== "verifying")) return;
    // What a crash took from the queue, the cron takes up again.
    await triggerCron(address);
    await pause(PAUSE_MS);
  }
  throw new Failure(`the ${operation} has not ended after ${LIMIT_MS / 1_000} seconds`);
}
