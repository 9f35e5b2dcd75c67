import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

const migrations = await readD1Migrations("migrations");

// The secret that wrangler.toml asks for.
process.env["ROOT_KEY"] = "test-root-key";

export default defineConfig({
  test: {
    // By default, one fewer than there are cores: of two, one.
    maxWorkers: 2,
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            // The key, too: a `.dev.vars`, which `npm start` makes, would bring another one.
            miniflare: { bindings: { MIGRATIONS: migrations, ROOT_KEY: "test-root-key" } },
          }),
        ],
        test: {
          name: "runtime",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...[
              "test/scripts/**",
              "test/simulation/**",
              "test/fuzz/**",
              "test/e2e/**",
              "test/crash/**",
              "test/document/**",
              "test/bench/**",
            ],
          ],
          setupFiles: ["test/setup.ts"],
          // Some bring about hours, or rebuild what thousands of tickets show; the machine may have other things to do.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts", "test/fuzz/**/*.test.ts"],
          // `npm run verify` has these.
          exclude: ["**/*.verify.test.ts"],
        },
      },
      {
        test: {
          name: "node",
          include: ["scripts", "crash", "document", "bench"].map((folder) => `test/${folder}/**/*.test.ts`),
          // `npm run verify` has these.
          exclude: ["**/*.verify.test.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
