import { test } from "vitest";
import { HAS_REAL_DATA } from "./real/desk.ts";
import { compareRealDesk } from "./real/run.ts";

test.skipIf(!HAS_REAL_DATA)(
  "12,347 real tickets: every list to its end in every order, and the lists of many customers and ids",
  {
    timeout: 1_800_000,
  },
  () => compareRealDesk({ isWhole: true, idsOfOneIn: 10, pairs: 6, searches: 1_000 }),
);
