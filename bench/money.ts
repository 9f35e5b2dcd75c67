import type { Figure, System } from "./figures.ts";
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
/** The end of what a command's change is called where it is projected: "SetPriority, projected". */
export const PROJECTED = ", projected";

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
        cpuMs: cpuOf(figure, figures, "list"),
        rowsRead: known(figure.values["rows_read"]),
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
 * which is taken for a request, too.
 */
export function usageOfCommand(command: Figure, figures: readonly Figure[]): Usage {
  const projected = figures.find((other) => other.what === `${command.what}${PROJECTED}` && isBeside(other, command));
  const isQueued = command.system === "edgedesk";
  const cpu = [cpuOf(command, figures, "command"), ...(projected ? [cpuOf(projected, figures, "projection")] : [])];
  const ofBoth = (name: string) =>
    isQueued && projected === undefined
      ? undefined
      : sumOf([command, ...(projected ? [projected] : [])].map(({ values }) => known(values[name])));
  return {
    requests: isQueued ? 2 : 1,
    cpuMs: sumOf(cpu),
    rowsRead: ofBoth("rows_read"),
    rowsWritten: ofBoth("rows_written"),
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

/** The commands among the figures, without their projections. */
export function commandsOf(figures: readonly Figure[]): Figure[] {
  return figures.filter(
    ({ suite, system, what, values }) =>
      suite === "commands" && PRICED.has(system) && !what.endsWith(PROJECTED) && hasNumber(values["rows_written"]),
  );
}

/** The CPU of the same thing, or of the kind that it is one of, at the same size, or else at any. */
function cpuOf({ system, tickets, what }: Figure, figures: readonly Figure[], kind: string): number | undefined {
  const measured = figures.filter((one) => one.suite === "requests" && one.system === system);
  const same = measured.filter((one) => one.what === what);
  const alike = same.length > 0 ? same : measured.filter((one) => one.what.startsWith(kind));
  const found = alike.find((one) => one.tickets === tickets) ?? alike[0];
  return known(found?.values["cpu_ms"]);
}

function isBeside(one: Figure, other: Figure): boolean {
  return one.suite === other.suite && one.system === other.system && one.tickets === other.tickets;
}

function hasNumber(value: number | null | undefined): value is number {
  return typeof value === "number";
}

function known(value: number | null | undefined): number | undefined {
  return value ?? undefined;
}

function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((sum, value) => (sum === undefined || value === undefined ? undefined : sum + value), 0);
}
