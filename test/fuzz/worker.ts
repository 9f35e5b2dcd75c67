import { parentPort } from "node:worker_threads";
import { type Chunk, type ChunkResult, runChunk } from "./chunk.ts";

parentPort?.on("message", async (chunk: Chunk) => {
  parentPort?.postMessage((await runChunk(chunk)) satisfies ChunkResult);
});
