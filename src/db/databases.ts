import { Database } from "./database.ts";
import type { Usage } from "./usage.ts";

/**
 * The only place that names the database binding. What grows beyond one database is spread here by workspace over several.
 *
 * @param usage where the cost of all calls is added up
 */
export function databases(env: Pick<Cloudflare.Env, "DB">, usage: Usage) {
  const database = new Database(env.DB, usage);
  return {
    databaseFor: (_workspaceId: string): Database => database,
    databases: (): readonly Database[] => [database],
    /** The keys of all workspaces are in one: whoever comes in has no workspace before their key is read. */
    keyDatabase: database,
  };
}
