import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const migrations = await readD1Migrations("migrations");

// The secret that wrangler.toml asks for.
process.env["ROOT_KEY"] = "test-root-key";

// Without the compatibility flags: Vitest runs in the same isolate, and needs Node's modules and the bindings that these take away.
// `test/scripts/secrets.test.ts` holds the runtime to them.
const { main, workerOptions } = unstable_getMiniflareWorkerOptions("wrangler.toml");
const { compatibilityFlags: _, modulesRules: __, ...configured } = workerOptions;

/**
 * How long a test or a hook may take, in milliseconds: long enough for any machine, and only there to end what hangs. No test has a limit of its
 * own, because limits count work: rows, calls, statements, bytes.
 */
const PATIENCE_MS = 30 * 60_000;

export default defineConfig({
  test: {
    // By default, one fewer than there are cores: of two, one.
    maxWorkers: 2,
    projects: [
      {
        plugins: [
          cloudflareTest({
            main,
            // The key, too: a `.dev.vars`, which `npm start` makes, would bring another one.
            miniflare: {
              ...configured,
              bindings: { ...Object(configured["bindings"]), MIGRATIONS: migrations, ROOT_KEY: "test-root-key" },
            },
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
              "test/mutation/**",
              "test/migrations/**",
              "test/e2e/**",
              "test/crash/**",
              "test/document/**",
              "test/bench/**",
            ],
          ],
          setupFiles: ["test/setup.ts"],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: "simulation",
          include: ["simulation", "fuzz", "mutation", "migrations"].map((folder) => `test/${folder}/**/*.test.ts`),
          // `npm run verify` has these.
          exclude: ["**/*.verify.test.ts"],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: "node",
          include: ["scripts", "crash", "document", "bench"].map((folder) => `test/${folder}/**/*.test.ts`),
          // `npm run verify` has these.
          exclude: ["**/*.verify.test.ts"],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
    ],
  },
});
