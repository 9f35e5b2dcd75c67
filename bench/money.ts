import type { Figure, System } from "./figures.ts";
import { median } from "./median.ts";
import { OPERATIONS_A_MESSAGE, USD_A_MILLION } from "./prices.ts";

/** What a million of something uses; undefined where nobody measured it. */
export interface Usage {
  readonly requests: number;
  readonly cpuMs: number | undefined;
  readonly rowsRead: number | undefined;
  readonly rowsWritten: number | undefined;
  readonly queueOperations: number;
}

/** Systems that run on Cloudflare, and so have its prices. */
const PRICED: ReadonlySet<System> = new Set(["edgedesk", "inline", "compute-on-read"]);
/** Suites of requests that read. */
const READS: ReadonlySet<string> = new Set(["lists", "searches", "counts"]);
/** How the projection of a command's change is called: "projected: SetPriority". */
const PROJECTED = "projected: ";
/** How a command is called whose CPU is that of its projection, too. */
const BY_QUEUE = ", projected by the queue";

/**
 * Dollars for a million of what uses so much, beyond what the plan includes. A total without the CPU is of a request whose CPU was not
 * measured; without rows there is none.
 */
export function dollars(usage: Usage): Readonly<Record<string, number | null>> {
  const { requests, cpuMs, rowsRead, rowsWritten, queueOperations } = usage;
  const parts = {
    requests: requests * USD_A_MILLION.requests,
    cpu: cpuMs === undefined ? null : cpuMs * USD_A_MILLION.cpuMs,
    rows_read: rowsRead === undefined ? null : rowsRead * USD_A_MILLION.rowsRead,
    rows_written: rowsWritten === undefined ? null : rowsWritten * USD_A_MILLION.rowsWritten,
    queue: queueOperations * USD_A_MILLION.queueOperations,
  };
  const areRowsKnown = parts.rows_read !== null && parts.rows_written !== null;
  const total = Object.values(parts).reduce<number>((sum, part) => sum + (part ?? 0), 0);
  return {
    requests_usd: parts.requests,
    cpu_usd: parts.cpu,
    rows_read_usd: parts.rows_read,
    rows_written_usd: parts.rows_written,
    queue_usd: parts.queue,
    total_usd: areRowsKnown ? total : null,
  };
}

/** Dollars per million requests of each list, search and count that was measured, at each size. */
export function moneyOfReads(figures: readonly Figure[]): Figure[] {
  return figures
    .filter(({ suite, system, values }) => READS.has(suite) && PRICED.has(system) && hasNumber(values["rows_read"]))
    .map((figure) => {
      const usage = {
        requests: 1,
        cpuMs: cpuOfRead(figure, figures),
        rowsRead: figure.values["rows_read"] ?? undefined,
        rowsWritten: 0,
        queueOperations: 0,
      };
      // What a read does not use says nothing.
      const { rows_written_usd: _, queue_usd: __, ...values } = dollars(usage);
      return { ...figure, suite: "money-reads", values };
    });
}

/**
 * What a command uses, all that follows from it included: its projection, in a batch of its own, which is the dearest there is, and
 * which is taken for a request, too. Where its own CPU was not measured, it is taken for that of the dearest command that was.
 */
export function usageOfCommand(command: Figure, figures: readonly Figure[]): Usage {
  const isQueued = command.system === "edgedesk";
  const projected = projectionOf(command, figures);
  const all = projected ? [command, projected] : [command];
  const sum = (name: string) =>
    isQueued && !projected ? undefined : sumOf(all.map(({ values }) => values[name] ?? undefined));
  return {
    requests: isQueued ? 2 : 1,
    cpuMs: cpuOfCommand(command, figures),
    rowsRead: sum("rows_read"),
    rowsWritten: sum("rows_written"),
    queueOperations: isQueued ? OPERATIONS_A_MESSAGE : 0,
  };
}

/** Dollars per million of each command that was measured, at each size. */
export function moneyOfCommands(figures: readonly Figure[]): Figure[] {
  return commandsOf(figures).map((command) => ({
    ...command,
    suite: "money-commands",
    values: dollars(usageOfCommand(command, figures)),
  }));
}

/** The commands among the figures that change one ticket: by Edgedesk each of them is projected. */
export function commandsOf(figures: readonly Figure[]): Figure[] {
  const measured = figures.filter(
    ({ suite, system, values }) => suite === "commands" && PRICED.has(system) && hasNumber(values["rows_written"]),
  );
  const projected = new Set(measured.filter((one) => projectionOf(one, measured)).map(({ what }) => what));
  return measured.filter(({ what }) => projected.has(what));
}

function projectionOf({ system, tickets, what }: Figure, figures: readonly Figure[]): Figure | undefined {
  return figures.find(
    (one) =>
      one.suite === "commands" &&
      one.system === system &&
      one.tickets === tickets &&
      one.what === `${PROJECTED}${what}`,
  );
}

/**
 * The CPU that the Worker itself takes for a read. The process that was measured also ran the database, whose time is not charged: it
 * comes off. What was not measured by itself is taken for the one in the middle of what was, of the same system and size.
 */
function cpuOfRead({ system, tickets, what }: Figure, figures: readonly Figure[]): number | undefined {
  const beside = figures.filter((one) => one.system === system && one.tickets === tickets);
  const known = beside.flatMap((one) => {
    const cpu = one.suite === "requests" ? one.values["cpu_ms"] : undefined;
    const sql = beside.find((other) => READS.has(other.suite) && other.what === one.what)?.values["sql_ms"];
    return hasNumber(cpu) && hasNumber(sql) ? [{ what: one.what, ms: Math.max(0, cpu - sql) }] : [];
  });
  return known.find((one) => one.what === what)?.ms ?? median(known.map(({ ms }) => ms));
}

function cpuOfCommand({ system, what }: Figure, figures: readonly Figure[]): number | undefined {
  const end = system === "edgedesk" ? BY_QUEUE : "";
  const timed = figures.filter(
    (one) => one.suite === "command-times" && one.system === system && one.what.endsWith(end),
  );
  const known = timed.map((one) => ({ what: one.what, ms: one.values["cpu_ms"] })).filter(({ ms }) => hasNumber(ms));
  const own = known.find((one) => one.what === `${what}${end}`)?.ms;
  const all = known.map(({ ms }) => ms ?? 0);
  return own ?? (all.length > 0 ? Math.max(...all) : undefined);
}

function hasNumber(value: number | null | undefined): value is number {
  return typeof value === "number";
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((sum, value) => (sum === undefined || value === undefined ? undefined : sum + value), 0);
}
