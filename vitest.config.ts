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

/** The Workers runtime with its own D1, as the tests use it. */
export const runtime = {
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
  // One runtime for many files: starting one for each file took as long as the tests.
  test: { setupFiles: ["test/setup.ts"], isolate: false },
};

/**
 * How long a test or a hook may take, in milliseconds. It only ends what hangs: limits count work, such as rows, calls, statements and
 * bytes, and no test has a limit of its own.
 */
const PATIENCE_MS = 30 * 60_000;
export const patience = { testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS };

const IN_NODE = ["scripts", "crash", "document", "bench"];
const SIMULATED = ["simulation", "fuzz", "mutation", "migrations"];
const filesIn = (folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);
const verified = ["**/*.verify.test.ts"];
const provide = { tier: "quick" as const };

/** `npm test`: within minutes. `vitest.verify.config.ts` has what takes longer. */
export default defineConfig({
  test: {
    // By default, one fewer than there are cores: of two, one.
    maxWorkers: 2,
    projects: [
      {
        ...runtime,
        test: {
          ...{ ...runtime.test, ...patience, provide },
          name: "runtime",
          include: ["test/**/*.test.ts"],
          exclude: filesIn([...IN_NODE, ...SIMULATED, "e2e"]),
        },
      },
      { test: { ...patience, provide, name: "simulation", include: filesIn(SIMULATED), exclude: verified } },
      { test: { ...patience, provide, name: "node", include: filesIn(IN_NODE), exclude: verified } },
    ],
  },
});
