import { size } from "../console.ts";
import { migrateLocally } from "../local/migrations.ts";
import { readProject } from "./project.ts";
import { release } from "./release.ts";
import { withPrivateFolder } from "./root-key.ts";
import type { Steps } from "./steps.ts";
import type { Wrangler } from "./wrangler.ts";

/** The budget of the bundle, minified and gzipped, in bytes. */
export const BUDGET_BYTES = 200_000;

/**
 * Runs the steps of a deployment that need no account: reads the configuration, applies the migrations to an empty temporary
 * database, and bundles the Worker.
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
      return { said: `bundled, ${weight} (budget: ${size(BUDGET_BYTES)})`, value: undefined };
    });
  });
}
