import type { Audit, AuditReport } from "./schemas.ts";

type Kind = Pick<AuditReport["kinds"][number], "kind" | "found" | "healed">;

/** A round of the audit that was begun, or found running, and then followed. */
export interface Round {
  /** The report before. */
  readonly before: AuditReport;
  readonly begun: Audit;
  /** It ran before we came. */
  readonly joined: boolean;
}

/** What a whole round brought. */
export interface Result {
  readonly run: number;
  readonly total: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly found: number;
  /** By kind, in this round; since ever if we were not there from its beginning. */
  readonly kinds: readonly Kind[];
  readonly examples: AuditReport["examples"];
}

/** Whether the round is over. When we ask again, the cron may be walking the next one. */
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
    // Of a round that has given way to the next one, only what it added to the figures since ever is left.
    found: same ? after.found : sinceBefore + (joined ? before.found : 0) - after.found,
    kinds: joined ? after.kinds : grown,
    // Without a beginning, all are shown.
    examples: after.examples.filter(({ found_at }) => !(Date.parse(found_at) < since)),
  };
}

/** How much the figures since ever have grown, by kind; kinds without growth are left out. */
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
