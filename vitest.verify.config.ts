import { defineConfig } from "vitest/config";
import { patience, runtime } from "./vitest.config.ts";

const provide = { tier: "thorough" as const };

/**
 * `npm run verify`: what takes too long for `npm test`, and some of its tests at full size (`test/tier.ts`). One file after the other: they
 * start whole services, or use all cores.
 */
export default defineConfig({
  test: {
    fileParallelism: false,
    projects: [
      {
        ...runtime,
        test: {
          ...{ ...runtime.test, ...patience, provide },
          name: "runtime",
          include: ["test/queries/views-cost.test.ts"],
        },
      },
      {
        test: {
          ...{ ...patience, provide },
          name: "simulation",
          include: ["simulation/crash-points", "simulation/views", "fuzz/fuzz"].map((file) => `test/${file}.test.ts`),
        },
      },
      {
        test: {
          ...{ ...patience, provide },
          name: "verify",
          include: ["test/e2e/**/*.test.ts", "test/**/*.verify.test.ts"],
        },
      },
    ],
  },
});
