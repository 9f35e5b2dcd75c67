import { Database } from "./database.ts";
import { Deadline, type Patience, REAL_TIME } from "./deadline.ts";
import type { Usage } from "./usage.ts";

/**
 * The only place that names the database binding. What grows beyond one database is spread here by workspace over several.
 *
 * @param usage adds up the cost of all calls
 * @param patience how long they may take
 */
export function databases(
  env: Pick<Cloudflare.Env, "DB">,
  usage: Usage,
  patience: Patience,
  waitUntil: (work: Promise<unknown>) => void,
) {
  const database = new Database(env.DB, usage, new Deadline(patience, { ...REAL_TIME, waitUntil }));
  return {
    databaseFor: (_workspaceId: string): Database => database,
    databases: (): readonly Database[] => [database],
    /** The keys of all workspaces are in one: whoever comes in has no workspace before their key is read. */
    keyDatabase: database,
  };
}
