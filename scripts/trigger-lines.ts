/**
 * Prints the triggers of readable sources as a migration needs them:
 * `node scripts/trigger-lines.ts src/platform/tables/triggers/read_rows.sql`
 */
import { readFileSync } from "node:fs";
import { triggerLines } from "./migrations/trigger-lines.ts";

for (const file of process.argv.slice(2)) {
  for (const [name, line] of triggerLines(readFileSync(file, "utf8"))) {
    console.log(`DROP TRIGGER IF EXISTS ${name};\n${line}`);
  }
}
