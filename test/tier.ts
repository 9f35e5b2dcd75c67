import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** `quick` is `npm test`, within minutes. `thorough` is `npm run verify`, which repeats some tests at full size. */
    readonly tier: "quick" | "thorough";
  }
}

/** The size of a test in this run. Files that use it run in both tiers: `vitest.verify.config.ts` lists them. */
export function sized<Size>(sizes: Readonly<Record<"quick" | "thorough", Size>>): Size {
  return sizes[inject("tier")];
}
