import { test } from "vitest";
import { HAS_REAL_DATA } from "./real/desk.ts";
import { compareRealDesk } from "./real/run.ts";

// All of it is in real-desk.verify.test.ts.
test.skipIf(!HAS_REAL_DATA)(
  "12,347 real tickets: lists, numbers and searches are those of the file, before and after thousands of commands",
  {},
  () => compareRealDesk({ isWhole: false, idsOfOneIn: 160, pairs: 1, searches: 240 }),
);
