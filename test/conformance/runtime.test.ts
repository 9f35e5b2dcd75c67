import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { conformance } from "./suite.ts";

// What is in the database: the objects of the schema, and the tables with numbered rows that were ever written to.
const CONTENT = `SELECT (SELECT group_concat(name) FROM sqlite_schema) AS objects,
  (SELECT group_concat(name) FROM sqlite_sequence WHERE name <> 'd1_migrations') AS written`;

const migrated = await env.DB.prepare(CONTENT).first();

async function isClean(): Promise<boolean> {
  return JSON.stringify(await env.DB.prepare(CONTENT).first()) === JSON.stringify(migrated);
}

// The runtime's own D1: as it does, the stand-in has to do. Making the database anew takes a tenth of a second.
conformance(
  async () => {
    if (!(await isClean())) {
      await reset();
      await applyD1Migrations(env.DB, env.MIGRATIONS);
    }
    return env.DB;
  },
  { enforcesValueSize: false, hasRealBookmarks: false, hasSqliteLimits: true, readsNul: true },
);
