import { counted, duration, Ending, figure } from "../console.ts";
import { CalledOff } from "../service/client.ts";
import { exampleLines, kindLines } from "./audit-view.ts";
import { follow } from "./follow.ts";
import { toPaste } from "./paste.ts";
import { auditAlone, momentOfAudit, share } from "./progress.ts";
import { isOver, type Result, type Round, resultOf } from "./round.ts";
import type { AuditReport } from "./schemas.ts";
import type { Session } from "./session.ts";
import { auditInWords, differences } from "./words.ts";

/** Shows how the audit stands, and what it has found since ever. */
export async function showAudit({ client, reporter }: Session): Promise<number> {
  const report = await client.audit();
  reporter.tell("audit", report, [
    `The audit: ${auditInWords(report)}`,
    ...kindLines("since ever", report.kinds),
    ...exampleLines(report.examples, Date.now()),
  ]);
  return 0;
}

/**
 * Starts a full round of the audit, unless one runs, and follows it.
 *
 * @returns 0 if it found nothing, 1 if it did.
 * @throws Failure if it stands still; Ending after Ctrl-C.
 */
export async function audit(session: Session): Promise<number> {
  const { client, reporter } = session;
  const before = await client.audit();
  const begun = await client.startAudit();
  if (begun.run === before.run && before.state !== "running") {
    const why = "a newer projector than this deployment's has written the rows";
    return reporter.done(false, begun, `No audit was started: ${why}. Deploy code with a higher number first`);
  }
  // A round that the cron walks gives way to a new one, with another number.
  const joined = before.state === "running" && before.run === begun.run;
  const text = joined ? `runs already, at ${share(begun)}` : `is started: ${counted(begun.total, "ticket")}`;
  reporter.tell(joined ? "joined" : "started", begun, [
    `Round ${begun.run} of the audit ${text}. Ctrl-C stops following it, not the audit`,
  ]);
  const round = { before, begun, joined };
  return conclude(session, resultOf(round, await followToEnd(session, round)), joined);
}

async function followToEnd(session: Session, round: Round): Promise<AuditReport> {
  const { client, reporter, target, interruption, stallMs } = session;
  let latest = round.begun;
  try {
    return await follow<AuditReport>({
      ask: () => client.audit(),
      show: (report) => {
        latest = report;
        if (!isOver(round, report)) reporter.progress(momentOfAudit("auditing", report), auditAlone(report));
      },
      ended: (report) => isOver(round, report),
      mark: ({ run, done, found }) => [run, done, found].join(),
      stallMs,
      stalled: (report) =>
        `round ${report.run} of the audit has not moved for ${duration(stallMs)}, at ${share(report)}: see the consumer, the sweep and the dead letters in ${toPaste(target, "status")}, and the Worker's log`,
      stopping: interruption.asked,
    });
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
    throw new Ending(
      `Stopped following. Round ${latest.run} of the audit goes on, at ${share(latest)}: ${toPaste(target, "audit")} follows it again, ${toPaste(target, "audit --show")} shows what it has found`,
      interruption.exitCode(),
    );
  }
}

function conclude({ reporter }: Session, result: Result, joined: boolean): number {
  const { run, total, found, started_at: from, finished_at: to, kinds, examples } = result;
  const took = from === null || to === null ? "" : ` in ${duration(Date.parse(to) - Date.parse(from))}`;
  const said = `Round ${run} of the audit has compared ${counted(total, "ticket")}${took}`;
  if (found === 0) return reporter.done(true, { ...result }, `${said}: no difference`);
  reporter.tell("found", { kinds, examples }, [
    ...kindLines(joined ? "since ever" : "in this round", kinds),
    ...exampleLines(examples, Date.now()),
    "",
  ]);
  const healed = kinds.reduce((sum, kind) => sum + kind.healed, 0);
  const outcome = joined ? "" : `, ${figure(healed)} healed`;
  return reporter.done(false, { ...result }, `${said}: ${differences(found)}${outcome}`);
}
