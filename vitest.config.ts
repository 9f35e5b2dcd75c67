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
            miniflare: { bindings: { MIGRATIONS: migrations } },
          }),
        ],
        test: {
          name: "runtime",
          include: ["test/**/*.test.ts"],
          exclude: ["test/scripts/**", "test/simulation/**", "test/e2e/**"],
          setupFiles: ["test/setup.ts"],
        },
      },
      { test: { name: "simulation", include: ["test/simulation/**/*.test.ts"] } },
      {
        test: {
          name: "node",
          include: ["test/scripts/**/*.test.ts"],
          // `npm run verify` has these.
          exclude: ["**/*.verify.test.ts"],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
