import { test } from "vitest";
import { HAS_REAL_DATA } from "./real/desk.ts";
import { compareRealDesk } from "./real/run.ts";

test.skipIf(!HAS_REAL_DATA)(
  "12,347 real tickets: every list to its end in every order, every customer and every id",
  {
    timeout: 1_800_000,
  },
  () => compareRealDesk({ isWhole: true, idsOfOneIn: 1, pairs: 20, searches: 3_000 }),
);
