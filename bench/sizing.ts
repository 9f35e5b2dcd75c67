import { comparable } from "./comparable.ts";
import type { Figure, System } from "./figures.ts";
import { median } from "./median.ts";
import { commandsOf, usageOfCommand } from "./money.ts";
import { FREE_PLAN, PAID_PLAN } from "./prices.ts";

/**
 * What a ticket is taken to live through: as many replies as real ones have, somebody who takes it, one status at the end, and lists that
 * agents look at meanwhile. An assumption, and said to be one.
 */
export const LIFE = {
  commands: { CreateTicket: 1, AddMessage: 2.2, AssignTicket: 1, UpdateStatus: 1 },
  lists: 20,
} as const;

/**
 * What a service takes that nobody uses (docs/operations.md): the cron's requests, and what its audit reads in a day, at least and of each
 * ticket, twice: 14 rows, 3 for each reply, and 11 at the end of a round.
 */
function idle(tickets: number) {
  const rowsRead = Math.max(410_000, tickets * 2 * (14 + 3 * LIFE.commands.AddMessage + 11));
  return { rowsRead, requests: 1_440 };
}

const NOTHING = { rowsRead: 0, requests: 0 };

/** How many tickets a day each limit of the free plan carries; the least of them is what it carries. Without sizes that its database does not hold. */
export function freePlan(figures: readonly Figure[]): Figure[] {
  const commands = commandsOf(figures).filter((one) => holds(FREE_PLAN.databaseBytes, one, figures));
  const lists = comparable(withNumber(figures, "rows_read"));
  return groups(commands).map(([system, tickets, some]) => {
    const usages = Object.entries(LIFE.commands).map(([what, times]) => {
      const command = some.find((one) => one.what === what);
      return { times, usage: command && usageOfCommand(command, figures) };
    });
    const total = (of: (usage: ReturnType<typeof usageOfCommand>) => number | undefined) =>
      usages.reduce<number | undefined>((sum, { times, usage }) => {
        const one = usage && of(usage);
        return sum === undefined || one === undefined ? undefined : sum + times * one;
      }, 0);
    const list = median(valuesOf(lists, system, tickets, "rows_read"));
    const written = total(({ rowsWritten }) => rowsWritten);
    const read = total(({ rowsRead }) => rowsRead);
    const requests = total((usage) => usage.requests);
    const operations = total(({ queueOperations }) => queueOperations);
    const taken = system === "compute-on-read" ? NOTHING : idle(tickets);
    const by = {
      requests: share(FREE_PLAN.requests - taken.requests, plus(requests, LIFE.lists)),
      rows_read: share(
        FREE_PLAN.rowsRead - taken.rowsRead,
        plus(read, list === undefined ? undefined : LIFE.lists * list),
      ),
      rows_written: share(FREE_PLAN.rowsWritten, written),
      queue_operations: operations === 0 ? null : share(FREE_PLAN.queueOperations, operations),
    };
    const limits = Object.values(by).filter((limit) => limit !== null);
    const areKnown = by.requests !== null && by.rows_read !== null && by.rows_written !== null;
    const values = { ...by, tickets_a_day: areKnown ? Math.min(...limits) : null };
    return { suite: "free-plan", system, tickets, what: "tickets a day by each limit", values };
  });
}

/** Whether so many bytes have room for the tickets, as far as that was measured. Inline, they are in the same tables. */
function holds(bytes: number, { system, tickets }: Figure, figures: readonly Figure[]): boolean {
  const own = system === "inline" ? "edgedesk" : system;
  const known = figures.find((one) => one.suite === "storage" && one.system === own && one.tickets === tickets);
  return (known?.values["bytes_a_ticket"] ?? 0) * tickets <= bytes;
}

/** How many tickets a database of either plan holds. */
export function storage(figures: readonly Figure[]): Figure[] {
  return figures
    .filter(({ suite }) => suite === "storage")
    .map((figure) => {
      const bytes = figure.values["bytes_a_ticket"];
      const room = (most: number) => (bytes ? Math.floor(most / bytes) : null);
      const held = {
        tickets_in_500_MB: room(FREE_PLAN.databaseBytes),
        tickets_in_10_GB: room(PAID_PLAN.databaseBytes),
      };
      return { ...figure, values: { ...figure.values, ...held } };
    });
}

/** How many lists a second one thread answers, as long as it does nothing else: by the SQL time alone, on the machine of the bench. */
export function capacity(figures: readonly Figure[]): Figure[] {
  const lists = comparable(withNumber(figures, "sql_ms"));
  return groups(lists).flatMap(([system, tickets]) => {
    const times = valuesOf(lists, system, tickets, "sql_ms");
    const row = (what: string, ms: number | undefined): Figure[] =>
      ms ? [{ suite: "capacity", system, tickets, what, values: { sql_ms: ms, lists_per_second: 1_000 / ms } }] : [];
    return [...row("the view in the middle", median(times)), ...row("the slowest view", Math.max(...times))];
  });
}

/** Those lists that are served, and were measured. */
function withNumber(figures: readonly Figure[], name: string): Figure[] {
  return figures.filter(({ suite, values }) => suite === "lists" && typeof values[name] === "number");
}

function valuesOf(figures: readonly Figure[], system: System, tickets: number, name: string): number[] {
  return figures
    .filter((one) => one.system === system && one.tickets === tickets)
    .map(({ values }) => values[name])
    .filter((value) => typeof value === "number");
}

/** Figures by system and size. */
function groups(figures: readonly Figure[]): [System, number, Figure[]][] {
  const found = new Map<string, [System, number, Figure[]]>();
  for (const figure of figures) {
    const key = `${figure.system} ${figure.tickets}`;
    const group = found.get(key);
    if (group) group[2].push(figure);
    else found.set(key, [figure.system, figure.tickets, [figure]]);
  }
  return [...found.values()];
}

function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function share(limit: number, each: number | undefined): number | null {
  return each === undefined || each === 0 ? null : Math.floor(limit / each);
}
