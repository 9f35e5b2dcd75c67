import { Failure } from "../../scripts/local/run.ts";
import type { Service } from "../runtime/service.ts";
import { REPEAT, SQL_MS } from "../worker/repeating.ts";
import { median, rounded } from "./statistics.ts";

/** What a read costs in the database; null where it is not served. */
export interface ReadCost {
  readonly calls: number | null;
  readonly rows_read: number | null;
  /** The database's own time, the statement warm. */
  readonly sql_ms: number | null;
  /** Rows that the page shows. */
  readonly shown: number | null;
}

const NOT_SERVED: ReadCost = { calls: null, rows_read: null, sql_ms: null, shown: null };

/** Milliseconds that the statements of one request may take together: a batch of the platform ends after 30 s. */
const MOST_MS = 200;
const MOST_COPIES = 64;
/** Rounds of what takes longer than that by itself. */
const ROUNDS_OF_LONG = 2;

/**
 * Measures what a read costs in the databases of several systems: counts from the first answers, and the median times of rounds in which
 * each has its turn.
 *
 * @param rounds requests of each whose time is measured
 */
export async function costsOf(services: readonly Service[], path: string, rounds: number): Promise<ReadCost[]> {
  const measured = [];
  for (const service of services) measured.push(await firstOf(service, path));
  for (let round = 0; round < rounds; round++) {
    for (const { service, copies, times } of measured) {
      // What takes long is as exact at once.
      if (copies > 0 && (copies > 1 || round < ROUNDS_OF_LONG)) times.push(await sqlMs(service, path, copies));
    }
  }
  return measured.map(({ cost, times }) => (times.length > 0 ? { ...cost, sql_ms: rounded(median(times)) } : cost));
}

interface Measured {
  readonly service: Service;
  readonly cost: ReadCost;
  /** How often one request does it; 0: not at all. */
  readonly copies: number;
  readonly times: number[];
}

/** What the first answer says. */
async function firstOf(service: Service, path: string): Promise<Measured> {
  // An isolate reads its sealing key in a call of its own, once in its life.
  await (await service.fetch(path)).arrayBuffer();
  const first = await service.fetch(path);
  const body: unknown = await first.json();
  if (first.status === 501) return { service, cost: NOT_SERVED, copies: 0, times: [] };
  if (first.status !== 200) throw new Failure(`${path} was answered with ${first.status}: ${JSON.stringify(body)}`);
  const { calls, rows } = usageOf(first);
  const cost = { calls, rows_read: rows, sql_ms: null, shown: shownIn(body) };
  // By now, what it reads is in memory.
  const once = await sqlMs(service, path, 1);
  const copies = Math.max(1, Math.min(MOST_COPIES, Math.floor(MOST_MS / Math.max(once, 1))));
  return { service, cost, copies, times: [] };
}

async function sqlMs(service: Service, path: string, copies: number): Promise<number> {
  const response = await service.fetch(path, { headers: { [REPEAT]: String(copies) } });
  await response.arrayBuffer();
  const told = response.headers.get(SQL_MS);
  if (response.status !== 200 || told === null) throw new Failure(`${path} was answered with ${response.status}`);
  return Number(told);
}

/** What Server-Timing says. */
function usageOf(response: Response): { readonly calls: number; readonly rows: number } {
  const [, calls, rows] =
    /desc="(\d+) calls?, (\d+) rows? read/u.exec(response.headers.get("Server-Timing") ?? "") ?? [];
  return { calls: Number(calls), rows: Number(rows) };
}

function shownIn(body: unknown): number | null {
  const items: unknown = typeof body === "object" && body !== null && "items" in body ? body.items : undefined;
  return Array.isArray(items) ? items.length : null;
}
