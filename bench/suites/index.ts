import type { Suite } from "../figures.ts";
import { bundle } from "./bundle.ts";

/** All that the bench measures, in the order in which it does. */
export const SUITES: readonly Suite[] = [bundle];

/** The suites that need no filled database: one of them alone is done at once. */
export const WITHOUT_DATABASE: ReadonlySet<string> = new Set(["bundle"]);
