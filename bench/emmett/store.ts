import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ended, startGroup } from "../../scripts/local/process-groups.ts";
import { Failure } from "../../scripts/local/run.ts";
import type { TicketEvent } from "../../src/domain/events.ts";
import type { Ticket } from "../../src/domain/ticket.ts";
import { LIST_TABLE, project } from "./list.ts";

/** What Emmett keeps of one of our events. */
export interface Stored {
  readonly type: string;
  readonly data: TicketEvent;
}

/** What a command knows of its ticket. */
export interface State {
  readonly ticket: Ticket | undefined;
}

/** A connection to the database, as a projection is given it: in the transaction of the events. */
export interface Connection {
  readonly command: (sql: string, values: readonly unknown[]) => Promise<unknown>;
}

interface Modules {
  readonly sqlite: {
    readonly getSQLiteEventStore: (options: {
      readonly fileName: string;
      readonly schema: { readonly autoMigration: "CreateOrUpdate" };
      readonly projections: readonly { readonly type: "inline"; readonly projection: object }[];
    }) => object;
    readonly sqliteConnection: (options: { readonly fileName: string }) => Connection & { readonly close: () => void };
  };
  readonly core: {
    readonly CommandHandler: (options: {
      readonly evolve: (state: State, event: Stored) => State;
      readonly initialState: () => State;
    }) => Handle;
  };
}

type Handle = (store: object, id: string, decide: (state: State) => Stored | Stored[]) => Promise<unknown>;

/** An event store in a file, with the list in the same transaction. */
export interface EmmettStore {
  /** Reads a ticket's events, decides, appends, projects. */
  readonly handle: (id: string, decide: (state: State) => Stored | Stored[]) => Promise<unknown>;
  readonly close: () => void;
}

/**
 * Installs Emmett into a folder of its own, by the lockfile beside this file: its dependencies are none of the service's, and would not
 * go with them.
 *
 * @throws Failure where the registry cannot be reached
 */
export async function openEmmett(folder: string, evolve: (state: State, event: Stored) => State): Promise<EmmettStore> {
  for (const name of ["package.json", "package-lock.json", "sqlite3"])
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true });
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { ok, how } = await ended(startGroup("npm", args, folder, process.env));
  if (!ok) throw new Failure(`Emmett cannot be installed (${how})`);
  const { resolve } = createRequire(join(folder, "package.json"));
  const sqlite: Modules["sqlite"] = await import(pathToFileURL(resolve("@event-driven-io/emmett-sqlite")).href);
  const core: Modules["core"] = await import(pathToFileURL(resolve("@event-driven-io/emmett")).href);
  const fileName = join(folder, "emmett.sqlite");
  const connection = sqlite.sqliteConnection({ fileName });
  for (const sql of LIST_TABLE) await connection.command(sql, []);
  // It stays open: Emmett opens one for each command, and the last one to close a file has its log written back and synced.
  const store = sqlite.getSQLiteEventStore({
    fileName,
    schema: { autoMigration: "CreateOrUpdate" },
    projections: [{ type: "inline", projection: { canHandle: ["ticket"], handle: project } }],
  });
  const handle = core.CommandHandler({ evolve, initialState: () => ({ ticket: undefined }) });
  return { handle: async (id, decide) => await handle(store, id, decide), close: connection.close };
}
