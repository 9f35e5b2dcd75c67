import { Database } from "./database.ts";

/**
 * The only place that names the database binding. What grows beyond one database is spread here by workspace over several.
 */
export function databases(env: Pick<Cloudflare.Env, "DB">) {
  const database = new Database(env.DB);
  return {
    databaseFor: (_workspaceId: string): Database => database,
    databases: (): readonly Database[] => [database],
  };
}
