import { parentPort, workerData } from "node:worker_threads";
import { PLAYS } from "./plays.ts";
import { type Enumeration, enumerate } from "./run-point.ts";

const { all }: { all: boolean } = workerData;

parentPort?.on("message", async (name: string) => {
  const play = PLAYS.find((one) => one.name === name);
  if (!play) throw new Error(`there is no play "${name}"`);
  parentPort?.postMessage((await enumerate(play, all)) satisfies Enumeration);
});
