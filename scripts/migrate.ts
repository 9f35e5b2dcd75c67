/** `npm run migrate`: brings the local database up to date. `PERSIST_TO` chooses its folder. */
import { sayDone } from "./console.ts";
import { migrateLocally } from "./local/migrations.ts";
import { run } from "./local/run.ts";
import { persistTo } from "./local/settings.ts";
import { assertInstalled } from "./local/wrangler.ts";

await run(async () => {
  assertInstalled();
  const folder = persistTo();
  const applied = await migrateLocally(folder);
  const what = applied.length === 0 ? "is up to date" : `migrated: ${applied.join(", ")}`;
  sayDone(`The local database in ${folder} ${what}`);
});
