import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Failure } from "./run.ts";
import { projectRoot } from "./settings.ts";

/** The service that uses a data folder. */
export interface Holder {
  readonly address: string;
  /** The leader of the process group that has the database open; undefined before it starts. */
  readonly leader?: number | undefined;
}

/** Keeps the open file of the lock from garbage collection. */
const held: DatabaseSync[] = [];

/**
 * Locks a data folder for this process, until the process ends. Two services on one database block each other, and each acknowledges
 * messages that the other does not see. The lock is SQLite's lock on a file: of two processes that start at the same instant one
 * gets it, and the operating system releases it with the process, also after kill -9. A file with a process id would do neither.
 *
 * @returns a function that records the service, for the error message of others
 * @throws Failure with the address of the service that uses the folder
 */
export async function takeDataFolder(folder: string, address: string): Promise<(holder: Holder) => void> {
  const path = resolve(projectRoot, folder);
  makeFolder(path);
  const note = join(path, "served.json");
  const lock = await openLock(join(path, "served.lock"));
  if (lock === undefined) {
    const where = holderIn(note)?.address ?? "another address";
    throw new Failure(
      `The data in ${folder} is already served at ${where}: stop that service, or set another folder with PERSIST_TO`,
    );
  }
  held.push(lock);
  await assertNoLeftover(folder, holderIn(note));
  const write = (holder: Holder) => writeFileSync(note, JSON.stringify(holder));
  write({ address });
  process.once("exit", () => rmSync(note, { force: true }));
  return write;
}

/** wrangler has its own process group, and can outlive a killed `npm start`. */
async function assertNoLeftover(folder: string, before: Holder | undefined): Promise<void> {
  if (before?.leader === undefined || !isAlive(before.leader) || !(await isHealthy(before.address))) return;
  const what = `The data in ${folder} is still served at ${before.address}, by a process that a killed npm start left behind`;
  throw new Failure(`${what}: stop it with kill -- -${before.leader}`);
}

/** @returns undefined while another process has the lock. */
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

/** Early versions of Node 24 print on stderr that SQLite is experimental. */
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
    // The file is missing, or was cut by a full disk.
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

/** Without the folder wrangler would hang, without an error. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Failure(`The data folder cannot be created: ${error instanceof Error ? error.message : String(error)}`);
  }
}
