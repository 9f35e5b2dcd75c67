import { parentPort, workerData } from "node:worker_threads";
import type { FaultSet } from "./faults.ts";
import { PLAYS } from "./plays.ts";
import { type Enumeration, enumerate } from "./run-point.ts";

const { faults }: { faults: FaultSet } = workerData;

parentPort?.on("message", async (name: string) => {
  const play = PLAYS.find((one) => one.name === name);
  if (!play) throw new Error(`there is no play "${name}"`);
  parentPort?.postMessage((await enumerate(play, faults)) satisfies Enumeration);
});
