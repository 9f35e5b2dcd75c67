import { counted, duration, figure } from "../../scripts/console.ts";
import type { Kind } from "./ledger.ts";
import type { CrashResult } from "./run.ts";

/** The figures of a run, by name. */
export function figuresOf({ tally, cycles, violations }: CrashResult) {
  const of = (kind: Kind) => violations.filter((violation) => violation.kind === kind).length;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    cycles: cycles.length,
    kills: tally["kills"] ?? 0,
    kills_in_the_start: tally["kills in the start"] ?? 0,
    processes_killed: tally["processes killed"] ?? 0,
    commands_sent: tally["commands"] ?? 0,
    commands_acknowledged: tally["acknowledged"] ?? 0,
    commands_refused: tally["refused"] ?? 0,
    commands_without_answer: tally["without an answer"] ?? 0,
    commands_repeated: tally["repeated"] ?? 0,
    imports: tally["imports"] ?? 0,
    imports_acknowledged: tally["imports acknowledged"] ?? 0,
    lists: tally["lists"] ?? 0,
    lists_put_off: tally["lists put off"] ?? 0,
    rebuilds_started: tally["rebuilds started"] ?? 0,
    audits_started: tally["audits started"] ?? 0,
    rows_behind_at_kill: sum(cycles.map(({ behindAtKill }) => behindAtKill)),
    rows_behind_at_sweep: sum(cycles.map(({ behindAtSweep }) => behindAtSweep)),
    rows_compared: tally["rows compared"] ?? 0,
    slowest_restart_ms: Math.round(Math.max(0, ...cycles.map(({ restartMs }) => restartMs))),
    slowest_convergence_ms: Math.round(Math.max(0, ...cycles.map(({ convergenceMs }) => convergenceMs))),
    commands_lost: of("lost"),
    commands_doubled: of("doubled"),
    promises_broken: violations.length,
  };
}

/** The figures as a table of Markdown, to be copied. */
export function figureTable(result: CrashResult): string[] {
  const figures = figuresOf(result);
  const rows = Object.entries(figures).map(([name, value]) => {
    const isTime = name.endsWith("_ms");
    const words = name.replace(/_ms$/u, "").replaceAll("_", " ");
    return [words, isTime ? duration(value) : figure(value)] as const;
  });
  const title = `${counted(result.cycles.length, "cycle")}, seed ${result.seed}`;
  return [`| ${title} | |`, "|---|---:|", ...rows.map(([words, value]) => `| ${words} | ${value} |`)];
}
