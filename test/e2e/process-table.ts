import { execFileSync } from "node:child_process";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly state: string;
  readonly command: string;
}

/** All processes that this one has started, by way of others too. */
export function descendantsOf(pid: number): number[] {
  return below(pid, processes());
}

function below(pid: number, table: readonly Process[]): number[] {
  const children = table.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...below(child.pid, table)]);
}

/** The command lines of those of the processes that still run. */
export function stillRunning(pids: readonly number[]): string[] {
  return running()
    .filter(({ pid }) => pids.includes(pid))
    .map(({ command }) => command);
}

/** The process groups that these processes are in. */
export function groupsOf(pids: readonly number[]): number[] {
  const groups = processes().filter(({ pid }) => pids.includes(pid));
  return [...new Set(groups.map(({ group }) => group))];
}

/** The processes that still run in these groups. */
export function runningIn(groups: readonly number[]): number[] {
  return running()
    .filter(({ group }) => groups.includes(group))
    .map(({ pid }) => pid);
}

/** kill -9, one after the other, without a pause between them. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  }
}

function running(): Process[] {
  return processes().filter(({ state }) => !state.startsWith("Z"));
}

function processes(): Process[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,stat=,args="], { encoding: "utf8" });
  return table.split("\n").map((line) => {
    const [pid = "", parent = "", group = "", state = "", ...command] = line.trim().split(/\s+/u);
    return { pid: Number(pid), parent: Number(parent), group: Number(group), state, command: command.join(" ") };
  });
}
