import type { Results } from "../run/results.ts";
import { tablesOf } from "./tables.ts";

/** Shows the tables of a run that no document has. */
export function printTables(results: Results): void {
  for (const [name, table] of tablesOf(results)) console.log(`\n## ${name}\n\n${table}`);
}
