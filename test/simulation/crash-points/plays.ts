import { BULKS } from "./bulks.ts";
import { COMMANDS } from "./commands.ts";
import { ERASURES } from "./erasures.ts";
import { IMPORTS } from "./imports.ts";
import { LISTS } from "./lists.ts";
import { OPERATIONS } from "./operations.ts";
import type { Play } from "./play.ts";
import { BY_HAND, CONSUMER, CRON } from "./projection.ts";

/** All that calls the database or the queue, and so can break off in the middle. */
export const PLAYS: readonly Play[] = [
  ...COMMANDS,
  ...BULKS,
  ...IMPORTS,
  ...CONSUMER,
  ...CRON,
  ...BY_HAND,
  ...LISTS,
  ...OPERATIONS,
  ...ERASURES,
];
