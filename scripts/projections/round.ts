import type { Audit, AuditReport } from "./schemas.ts";

type Kind = Pick<AuditReport["kinds"][number], "kind" | "found" | "healed">;

/** A round of the audit that is followed. */
export interface Round {
  /** The report before the round was started. */
  readonly before: AuditReport;
  readonly begun: Audit;
  /** The round was already running. */
  readonly joined: boolean;
}

/** The result of a round. */
export interface Result {
  readonly run: number;
  readonly total: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly found: number;
  /** By kind, in this round; in total if the round was already running. */
  readonly kinds: readonly Kind[];
  readonly examples: AuditReport["examples"];
}

/** Tells whether the round is over. The cron may have begun the next one. */
export function isOver({ begun }: Round, now: AuditReport): boolean {
  if (now.run === begun.run) return now.state === "finished";
  return now.finished_at !== null && now.finished_at !== begun.finished_at;
}

/** Sums up a round that is over. */
export function resultOf({ before, begun, joined }: Round, after: AuditReport): Result {
  const grown = growth(before, after);
  const same = after.run === begun.run;
  const sinceBefore = grown.reduce((sum, { found }) => sum + found, 0);
  const since = Date.parse(begun.started_at ?? "");
  return {
    run: begun.run,
    total: same ? after.total : begun.total,
    started_at: begun.started_at,
    finished_at: after.finished_at,
    // If the next round has begun, only the growth of the totals tells what this one found.
    found: same ? after.found : sinceBefore + (joined ? before.found : 0) - after.found,
    kinds: joined ? after.kinds : grown,
    // Without a start time, all are shown.
    examples: after.examples.filter(({ found_at }) => !(Date.parse(found_at) < since)),
  };
}

/** The growth of the totals, by kind; kinds without growth are left out. */
function growth(before: AuditReport, after: AuditReport): Kind[] {
  const was = new Map(before.kinds.map((kind) => [kind.kind, kind]));
  return after.kinds
    .map(({ kind, found, healed }) => ({
      kind,
      found: found - (was.get(kind)?.found ?? 0),
      healed: healed - (was.get(kind)?.healed ?? 0),
    }))
    .filter(({ found, healed }) => found > 0 || healed > 0);
}
