import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** The grace period before a process group is killed, in milliseconds. */
const PATIENCE_MS = 4_000;

const WINDOWS = process.platform === "win32";

/** The leaders of groups that may still have a process. */
const leaders = new Set<number>();

/**
 * Starts a program in its own process group. The terminal sends it no Ctrl-C, so only this script ends it. Its child processes
 * (wrangler starts esbuild and two workerd) end with it, even if it ends first.
 */
export function startGroup(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { cwd, env, detached: !WINDOWS, stdio: ["ignore", "pipe", "pipe"] });
  const leader = child.pid;
  if (leader !== undefined) {
    leaders.add(leader);
    // Processes that outlive their leader would keep the port and the database open.
    child.once("exit", () => void endGroup(leader));
  }
  return child;
}

/** Waits for the end of a program: its exit code, its signal, or the reason why it did not start. */
export function ended(child: ChildProcess): Promise<{ readonly ok: boolean; readonly how: string }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ ok: false, how: error.message }));
    child.once("close", (code, signal) => resolve({ ok: code === 0, how: signal ?? `exit code ${code}` }));
  });
}

/** Ends every group with SIGTERM, and after a few seconds with SIGKILL. */
export async function endGroups(): Promise<void> {
  await Promise.all([...leaders].map(endGroup));
}

/** Kills every group at once. */
export function killGroups(): void {
  for (const leader of leaders) signalGroup(leader, "SIGKILL");
}

async function endGroup(leader: number): Promise<void> {
  signalGroup(leader, "SIGTERM");
  for (let waited = 0; waited < PATIENCE_MS && isAlive(leader); waited += 25) await pause(25);
  signalGroup(leader, "SIGKILL");
  // The id may be reused by another program.
  leaders.delete(leader);
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  // Windows has no process groups; taskkill ends the tree.
  if (WINDOWS) spawnSync("taskkill", ["/PID", String(leader), "/T", "/F"]);
  else sent(-leader, signal);
}

function isAlive(leader: number): boolean {
  return sent(WINDOWS ? leader : -leader, 0);
}

function sent(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    // The process or group has ended.
    return false;
  }
}
