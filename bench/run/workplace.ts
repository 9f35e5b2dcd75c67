import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "../data/cache.ts";

/**
 * Makes a folder for what a run needs, on the disk of the filled files, so that they can be linked. It goes with the process; what a
 * killed one left is removed.
 */
export function makeWorkplace(): string {
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    const pid = /^bench-(\d+)$/u.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
  const folder = join(CACHE, `bench-${process.pid}`);
  mkdirSync(folder);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
