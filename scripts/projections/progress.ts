import { counted, figure } from "../console.ts";
import type { Moment } from "../progress-display.ts";
import type { Audit, AuditReport, Rebuild } from "./schemas.ts";
import { pace } from "./times.ts";

/** "1,200 of 5,000 tickets (24%)". */
export function share({ done, total }: { done: number; total: number }): string {
  const percent = total === 0 ? "" : ` (${Math.floor((done / total) * 100)}%)`;
  return `${figure(done)} of ${counted(total, "ticket")}${percent}`;
}

/** The progress of a rebuild. */
export function momentOfRebuild(rebuild: Rebuild): Moment {
  const { failed, lists } = rebuild;
  const trouble = [
    ...(failed === 0 ? [] : [`${figure(failed)} to the backlog`]),
    ...(lists === "waiting" ? ["lists wait"] : []),
  ];
  return momentOf("rebuilding", rebuild, trouble);
}

/** The progress of a round of the audit. */
export function momentOfAudit(stage: "auditing" | "verifying", audit: Audit): Moment {
  return momentOf(stage, audit, audit.found === 0 ? [] : [`drift: ${figure(audit.found)}`]);
}

/** The state of the audit without all findings, which are too many to print every second. */
export function auditAlone({ kinds: _kinds, examples: _examples, ...audit }: AuditReport): Audit {
  return audit;
}

function momentOf(stage: string, job: Rebuild | Audit, trouble: readonly string[]): Moment {
  const { done, total } = job;
  const more = [...pace(job), ...trouble];
  return {
    stage,
    done,
    total,
    beside: [stage, `${figure(done)} of ${figure(total)}`, ...more].join(" | "),
    line: [`${stage}: ${share(job)}`, ...more].join(", "),
  };
}
