import type { Deps } from "../deps.ts";
import { backlogFigures } from "./backlog.ts";

/** How far the read model is behind the source. */
export async function projectionFigures(deps: Deps, workspaceId: string) {
  const session = deps.databaseFor(workspaceId).session("first-primary");
  const [[figures = { count: 0, oldest: null, parked: 0, now: 0, dead_letters: 0 }]] = await session.batch(
    backlogFigures(),
  );
  const { count, oldest, parked, now, dead_letters } = figures;
  // The database's clock only moves when something is written: whoever asks may know better how late it is.
  const age = oldest === null ? 0 : Math.max(now, deps.clock()) - oldest;
  return {
    backlog: { count, oldest_seconds: age / 1000 },
    parked,
    dead_letters,
    as_of: new Date(oldest ?? now).toISOString(),
  };
}
