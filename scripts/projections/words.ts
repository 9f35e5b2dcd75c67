import { counted, duration, figure } from "../console.ts";
import { share } from "./progress.ts";
import type { Audit, Rebuild } from "./schemas.ts";
import { ago, pace } from "./times.ts";

/** The state of the rebuild in one line. `now` is milliseconds since 1970. */
export function rebuildInWords(rebuild: Rebuild, now: number): string {
  const { state, run, projector, total, failed, drift_found: drift, finished_at: end, lists } = rebuild;
  if (state === "idle")
    return `never run (projector ${projector})${lists === "waiting" ? ", the lists wait for one" : ""}`;
  const more = [
    state === "finished" ? counted(total, "ticket") : share(rebuild),
    ...(state === "running" ? pace(rebuild) : []),
    ...(failed === 0 ? [] : [`${figure(failed)} to the backlog`]),
    ...(drift === null ? [] : [`${differences(drift)} found`]),
    ...(lists === "waiting" ? ["the lists wait for it"] : []),
  ];
  const when = end === null ? `, begun ${ago(rebuild.started_at, now)}` : ` ${ago(end, now)}`;
  return `run ${run} (projector ${projector}) ${state}${when}: ${more.join(", ")}`;
}

/** The state of the audit in one line. */
export function auditInWords(audit: Audit): string {
  const { state, run, total, found, age_seconds: age } = audit;
  const ended = age === null ? undefined : `${duration(age * 1_000)} ago`;
  if (state === "idle") return ended === undefined ? "no round yet" : `the latest whole round ended ${ended}`;
  if (state === "finished")
    return `round ${run} finished ${ended ?? ""}: ${counted(total, "ticket")}, ${differences(found)} found`;
  const before = ended === undefined ? "no whole round before" : `the one before ended ${ended}`;
  return `round ${run} running: ${[share(audit), ...pace(audit), `${differences(found)} found`, before].join(", ")}`;
}

/** "no difference", "3 differences". */
export function differences(count: number): string {
  return count === 0 ? "no difference" : counted(count, "difference");
}
