import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Tests of a second or more each: they run with `--slow` only. */
const SLOW = [
  "test/budgets.test.ts",
  "test/http/bad-input.test.ts",
  "test/http/hostile.test.ts",
  "test/projection/rebuild.test.ts",
  "test/projection/walks.test.ts",
  "test/queries/list-tags.test.ts",
  "test/queries/views.test.ts",
  "test/queries/views-cost.test.ts",
];

/** They count rows, which only D1 does, or need the runtime itself. */
const OF_THE_RUNTIME = [
  "test/costs.test.ts",
  "test/platform/platform-limits.test.ts",
  "test/projection/rebuild-cost.test.ts",
  "test/queries/stats-cost.test.ts",
];

const standIn = (name: string) => join(import.meta.dirname, "stand-ins", name);

/** The runtime's tests, in Node and on the simulated database: all in one thread, so that nothing has to start between two of them. */
export default defineConfig({
  resolve: {
    alias: { "cloudflare:test": standIn("cloudflare-test.ts"), "cloudflare:workers": standIn("cloudflare-workers.ts") },
  },
  test: {
    include: [
      "test/*.test.ts",
      "test/{client,commands,consistency,platform,erasure,http,keys,projection,queries,search,statements}/**/*.test.ts",
      "test/simulation/statements.test.ts",
    ],
    exclude: [...OF_THE_RUNTIME, ...(process.env["MUTATION_SLOW"] === undefined ? SLOW : [])],
    setupFiles: ["test/setup.ts"],
    pool: "threads",
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    provide: { tier: "quick" },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
