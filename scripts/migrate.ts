/** `npm run migrate`: prepares the key and the database for `wrangler dev`. `PERSIST_TO` sets the folder. */
import { printDone } from "./console.ts";
import { migrateLocally } from "./local/migrations.ts";
import { run } from "./local/run.ts";
import { localKey, persistTo } from "./local/settings.ts";
import { assertInstalled } from "./local/wrangler.ts";

await run(async () => {
  assertInstalled();
  const folder = persistTo();
  // A bare `wrangler dev` refuses every request without it.
  localKey();
  const applied = await migrateLocally(folder);
  const what = applied.length === 0 ? "is up to date" : `migrated: ${applied.join(", ")}`;
  printDone(`The local database in ${folder} ${what}`);
});
