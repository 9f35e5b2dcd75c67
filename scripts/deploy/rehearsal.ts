import { size } from "../console.ts";
import { migrateLocally } from "../local/migrations.ts";
import { readProject } from "./project.ts";
import { release } from "./release.ts";
import { withPrivateFolder } from "./root-key.ts";
import type { Steps } from "./steps.ts";
import type { Wrangler } from "./wrangler.ts";

/** What a Worker may weigh, minified and gzipped: the project's own budget. */
export const BUDGET_BYTES = 200_000;

/**
 * Runs what of a deployment can run without an account: the configuration is read, the migrations are applied to an empty
 * database that is thrown away, and the Worker is bundled.
 */
export async function rehearse(wrangler: Wrangler, steps: Steps): Promise<void> {
  await withPrivateFolder(async (folder) => {
    await steps.take("Configuration", async () => {
      const { worker, database, queues } = await readProject();
      return { said: `Worker ${worker}, database ${database.name}, queues ${queues.join(", ")}`, value: undefined };
    });
    await steps.take("Migrations", async () => {
      const applied = await migrateLocally(folder);
      return { said: `${applied.length} applied to an empty database (${applied.join(", ")})`, value: undefined };
    });
    await steps.take("Worker", async () => {
      const { gzippedBytes } = await release(wrangler, folder, { dryRun: true });
      const weight = gzippedBytes === undefined ? "of unknown size" : `${size(gzippedBytes)} gzipped`;
      return { said: `bundled, ${weight} of the ${size(BUDGET_BYTES)} that it may have`, value: undefined };
    });
  });
}
