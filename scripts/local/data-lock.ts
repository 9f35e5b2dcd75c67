import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Failure } from "./run.ts";
import { projectRoot } from "./settings.ts";

/** Who serves a data folder. */
export interface Holder {
  readonly address: string;
  /** The leader of the process group that holds the database open, once there is one. */
  readonly leader?: number | undefined;
}

/** What this process holds: an open file, which must not be collected. */
const held: DatabaseSync[] = [];

/**
 * Takes a data folder for this process, until it ends in whatever way. Two services on one database lock each other out, and each
 * acknowledges messages of a queue that the other does not see. The lock is SQLite's own on a file: of two that start at the same instant one
 * gets it, and the operating system lifts it with the process, kill -9 included. A file with a process id would do neither.
 *
 * @returns keeps who serves the folder, for others to be told
 * @throws Failure with the address of the service that has the folder
 */
export async function takeDataFolder(folder: string, address: string): Promise<(holder: Holder) => void> {
  const path = resolve(projectRoot, folder);
  makeFolder(path);
  const note = join(path, "served.json");
  const lock = await openLock(join(path, "served.lock"));
  if (lock === undefined) {
    const where = holderIn(note)?.address ?? "another address";
    throw new Failure(
      `The data in ${folder} is served already, at ${where}: end that, or choose another folder with PERSIST_TO`,
    );
  }
  held.push(lock);
  await assertNothingLeft(folder, holderIn(note));
  const write = (holder: Holder) => writeFileSync(note, JSON.stringify(holder));
  write({ address });
  process.once("exit", () => rmSync(note, { force: true }));
  return write;
}

/** wrangler has a process group of its own, and can outlive a start script that was killed. */
async function assertNothingLeft(folder: string, before: Holder | undefined): Promise<void> {
  if (before?.leader === undefined || !isAlive(before.leader) || !(await isHealthy(before.address))) return;
  const what = `The data in ${folder} is still served at ${before.address}, by what a killed npm start has left`;
  throw new Failure(`${what}: end it first, with kill -- -${before.leader}`);
}

/** Undefined while another process has it. */
async function openLock(path: string): Promise<DatabaseSync | undefined> {
  const lock = new (await sqlite()).DatabaseSync(path);
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Error && /locked|busy/iu.test(error.message)) return undefined;
    throw error;
  }
}

/** Early versions of Node 24 call SQLite experimental, on stderr, which is for what the reader has to act on. */
async function sqlite() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return await import("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

function holderIn(note: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(note, "utf8"));
  } catch {
    // Nobody has written it yet, or a full disk has cut it.
    return undefined;
  }
}

function isAlive(leader: number): boolean {
  try {
    return process.kill(process.platform === "win32" ? leader : -leader, 0);
  } catch {
    return false;
  }
}

async function isHealthy(address: string): Promise<boolean> {
  try {
    return (await fetch(`${address}/health`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

/** wrangler would not say that it cannot write there: it would hang. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Failure(`The data folder cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}
