import { defineConfig } from "vitest/config";

/** `npm run verify`: what takes too long for `npm test`. One file after the other: they start whole services. */
export default defineConfig({
  test: {
    name: "verify",
    include: ["test/e2e/**/*.test.ts", "test/**/*.verify.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
