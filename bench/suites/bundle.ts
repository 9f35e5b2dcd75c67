import { join } from "node:path";
import type { Bench, Figure, Suite } from "../figures.ts";
import { buildWorker } from "../runtime/build.ts";

/** The most that the Worker may have, minified and gzipped. */
export const BUDGET_BYTES = 200_000;

/** How large the Worker is that is deployed. */
export const bundle: Suite = {
  name: "bundle",
  minutes: 0.2,
  run: async ({ folder, progress }: Bench): Promise<readonly Figure[]> => {
    progress(0, "building the Worker");
    const { bytes, gzippedBytes } = await buildWorker("src/index.ts", join(folder, "bundle"));
    const values = { minified_bytes: bytes, gzipped_bytes: gzippedBytes, of_budget: gzippedBytes / BUDGET_BYTES };
    return [{ suite: "bundle", system: "edgedesk", tickets: 0, what: "the Worker", values }];
  },
};
