import { SimulatedD1 } from "../../simulation/d1.ts";
import { noteStatements } from "../hits.ts";

const open = () =>
  new SimulatedD1({ replicas: 0, gate: async ({ statements }, execute) => noteStatements(statements, execute) });

let database = open();

/** Gives the next test file a database of its own. */
export function freshDatabase(): void {
  database.close();
  database = open();
}

const unlimited = { limit: async () => ({ success: true }) };

/** What `wrangler.toml` and the tests' configuration bind. */
export const env = {
  get DB() {
    return database;
  },
  MIGRATIONS: [],
  ROOT_KEY: "test-root-key",
  REQUEST_LIMIT: unlimited,
  LOOKUP_LIMIT: unlimited,
  PROJECTION_QUEUE: {},
};
