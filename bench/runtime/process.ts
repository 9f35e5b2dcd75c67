import { readdirSync, readFileSync } from "node:fs";

/** Ticks a second in /proc: the same on every Linux that Node runs on. */
const TICKS = 100;

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly cpuSeconds: number;
}

/** What /proc says of a process; undefined where there is none, or no /proc. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold anything (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { name: text.slice(text.indexOf("(") + 1, end), parent: Number(fields[1]), cpuSeconds: ticks / TICKS };
  } catch {
    return undefined;
  }
}

/** Seconds that all threads of a process have had of a core, to 10 ms; undefined where there is no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  return statOf(pid)?.cpuSeconds;
}

/** The runtimes that this process has started. */
export function runtimes(): number[] {
  const pids = readProc().filter((name) => /^\d+$/u.test(name));
  return pids.map(Number).filter((pid) => {
    const stat = statOf(pid);
    return stat?.parent === process.pid && stat.name === "workerd";
  });
}

function readProc(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

/** Ends a process at once, where it is still there. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
