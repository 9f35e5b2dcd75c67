import { conformance } from "../conformance/suite.ts";
import { HAS_LIMITS, IS_EARLY } from "./d1/connection.ts";
import { SimulatedD1 } from "./d1.ts";

conformance(async () => new SimulatedD1(), {
  enforcesValueSize: true,
  hasRealBookmarks: true,
  hasSqliteLimits: HAS_LIMITS,
  readsNul: !IS_EARLY,
});
