import type { Suite } from "../figures.ts";
import { bundle } from "./bundle.ts";
import { commandTimes } from "./command-times.ts";
import { commands } from "./commands.ts";
import { counts } from "./counts.ts";
import { emmett } from "./emmett.ts";
import { lag } from "./lag.ts";
import { lists } from "./lists.ts";
import { requests } from "./requests.ts";
import { searches } from "./searches.ts";
import { throughput } from "./throughput.ts";

/** All that the bench measures, in the order in which it does. */
export const SUITES: readonly Suite[] = [
  bundle,
  lists,
  searches,
  counts,
  requests,
  commands,
  commandTimes,
  lag,
  throughput,
  emmett,
];

/** The suites that need no filled database: one of them alone is done at once. */
export const WITHOUT_DATABASE: ReadonlySet<string> = new Set(["bundle"]);
