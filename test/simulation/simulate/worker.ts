import { parentPort, workerData } from "node:worker_threads";
import type { Outcome } from "../history.ts";
import { replayHistory } from "./replay.ts";

const { steps }: { steps: number } = workerData;

parentPort?.on("message", async (seed: number) => {
  const { lines: _, ...outcome } = await replayHistory(seed, steps);
  parentPort?.postMessage(outcome satisfies Outcome);
});
