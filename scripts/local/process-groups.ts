import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

/** How long a group may take to end by itself before it is killed. */
const PATIENCE_MS = 4_000;

const WINDOWS = process.platform === "win32";

/** The leaders of the groups that this script has started and that may still have a process. */
const leaders = new Set<number>();

/**
 * Starts a program in a process group of its own. It gets no Ctrl-C from the terminal, so that there is one place that ends it,
 * and what it starts (wrangler starts esbuild and two workerd) ends with it, even where it dies first.
 */
export function startGroup(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const child = spawn(command, args, { cwd, env, detached: !WINDOWS, stdio: ["ignore", "pipe", "pipe"] });
  const leader = child.pid;
  if (leader !== undefined) {
    leaders.add(leader);
    // What a dead leader leaves behind would keep its port and its database open.
    child.once("exit", () => void endGroup(leader));
  }
  return child;
}

/** How a started program ended, in words: its exit code, its signal, or why it could not be started. */
export function ended(child: ChildProcess): Promise<{ readonly ok: boolean; readonly how: string }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ ok: false, how: error.message }));
    child.once("close", (code, signal) => resolve({ ok: code === 0, how: signal ?? `exit code ${code}` }));
  });
}

/** Ends every group: asks first, and kills what is still there after a few seconds. */
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
  // Later the number may be another program's.
  leaders.delete(leader);
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  // Windows has no groups; its task killer walks the tree.
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
    // No such process (or group): it has ended.
    return false;
  }
}
