import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { getTableName } from "drizzle-orm";
import type { SearchTable } from "../../src/projection/core/projection.ts";
import { type Projected, ticketRefs } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { placeOf } from "../../src/search/place.ts";
import { FileUnderWork, type Row } from "./file.ts";
import type { Made, Order } from "./maker.ts";
import { SET_SEALING_KEY } from "./sealing.ts";
import { fillIndex, type IndexContent } from "./search-index.ts";

/** Called now and then with how much of the work is done, from 0 to 1. */
export type Told = (share: number) => void;

/** Where the schema is. */
export const MIGRATIONS = join(import.meta.dirname, "../../migrations");

/** Early versions of Node 24 call SQLite experimental. */
export const QUIETLY = ["--disable-warning=ExperimentalWarning"];

/** Tickets in one batch, as in an import, and batches in one transaction. */
const BATCH = 250;
const BATCHES_AT_ONCE = 20;
/** Batches that are being made while others are written. */
const AHEAD = 3;
/** The part of the work that comes before the search tables, as it was measured. */
const TABLES_SHARE = 0.65;

/**
 * Fills a file with the service's own tables, by the service's own code: an import's decisions, the statements that record and the
 * statements that project. What is different is only the order of the work: the search tables are filled at the end and not by their
 * triggers, each in its own order. An audit finds no drift.
 */
export async function fillEdgedesk(path: string, tickets: number, told: Told): Promise<void> {
  const file = new FileUnderWork(path);
  for (const name of readdirSync(MIGRATIONS)
    .filter((one) => one.endsWith(".sql"))
    .toSorted())
    file.script(readFileSync(join(MIGRATIONS, name), "utf8"));
  file.script(SET_SEALING_KEY);
  const putTriggersBack = takeSearchTriggers(file);
  await writeTickets(file, tickets, (done) => told((TABLES_SHARE * done) / tickets));
  let entries = 0;
  for (const table of ticketList.search) {
    fillIndex(file, contentOf(table), (more) => {
      entries += more;
      told(TABLES_SHARE + ((1 - TABLES_SHARE) * entries) / (tickets * ticketList.search.length));
    });
  }
  putTriggersBack();
  file.close();
}

/** Two things go on at once: what a batch records and projects is made in another thread, while this one writes those before. */
async function writeTickets(file: FileUnderWork, tickets: number, told: (done: number) => void): Promise<void> {
  const maker = new Maker();
  const batches = Array.from({ length: Math.ceil(tickets / BATCH) }, (_, index) => ({
    first: index * BATCH,
    end: Math.min((index + 1) * BATCH, tickets),
  }));
  const recorded = batches.splice(0, AHEAD).map((batch) => maker.make(batch));
  const visible: Promise<Made>[] = [];
  let done = 0;
  let written = 0;
  const write = ({ statements }: Made) => {
    if (written++ % BATCHES_AT_ONCE === 0) file.script(written > 1 ? "COMMIT; BEGIN" : "BEGIN");
    file.run(statements);
  };
  const show = async () => {
    const made = await visible.shift();
    if (!made) return;
    write(made);
    done += made.refs.length;
    told(done);
  };
  try {
    for (let next = recorded.shift(); next; next = recorded.shift()) {
      const made = await next;
      const batch = batches.shift();
      if (batch) recorded.push(maker.make(batch));
      write(made);
      const sources = file.all(ticketList.load(ticketRefs(made.refs))).filter(isProjected);
      visible.push(maker.make({ refs: made.refs, sources }));
      if (visible.length >= AHEAD) await show();
    }
    while (visible.length > 0) await show();
    file.script("COMMIT");
  } finally {
    await maker.end();
  }
}

/** Takes the triggers away that keep the search tables, and gives them back as they were. */
function takeSearchTriggers(file: FileUnderWork): () => void {
  const triggers = file
    .all({ sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'", params: [] })
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
    .filter(({ sql }) => ticketList.search.some((table) => sql.includes(table.name)));
  for (const { name } of triggers) file.script(`DROP TRIGGER ${name}`);
  return () => {
    for (const { sql } of triggers) file.script(sql);
  };
}

/** What the triggers would have written. */
function contentOf({ name, time, columns }: SearchTable): IndexContent {
  const values = Object.values(columns).map((column) => `row.${column}`);
  const filed = [`row.${time}`, ...values].map((value) => `${value} IS NOT NULL`).join(" AND ");
  const table = getTableName(ticketList.table);
  return {
    table: name,
    columns: Object.keys(columns),
    rows: `${table} AS row WHERE ${filed}`,
    place: placeOf(`row.${time}`, "row.n"),
    number: "row.n",
    again: `${table} AS row ON row.n = placed.n`,
    values,
  };
}

function isProjected(row: Row): row is Row & Projected {
  return typeof row["workspace_id"] === "string" && typeof row["id"] === "string" && typeof row["version"] === "number";
}

interface Waiting {
  resolve(made: Made): void;
  reject(error: unknown): void;
}

/** The thread that makes what is written; it answers in the order in which it is asked. */
class Maker {
  readonly #waiting: Waiting[] = [];
  readonly #thread: Worker;

  constructor() {
    // Not the caller's own options: a test runner's mean nothing here.
    this.#thread = new Worker(join(import.meta.dirname, "maker.ts"), { execArgv: QUIETLY });
    this.#thread.on("message", (made: Made) => this.#waiting.shift()?.resolve(made));
    this.#thread.on("error", (error) => {
      for (const { reject } of this.#waiting) reject(error);
    });
  }

  make(order: Order): Promise<Made> {
    const answer = new Promise<Made>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#thread.postMessage(order);
    return answer;
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }
}
