import { counted, duration, ExitError, figure } from "../console.ts";
import { Cancelled } from "../service/client.ts";
import { exampleLines, kindLines } from "./audit-view.ts";
import { follow } from "./follow.ts";
import { quotedCommand } from "./paste.ts";
import { auditAlone, momentOfAudit, share } from "./progress.ts";
import { isOver, type Result, type Round, resultOf } from "./round.ts";
import type { AuditReport } from "./schemas.ts";
import type { Session } from "./session.ts";
import { auditInWords, differences } from "./words.ts";

/** Shows the state of the audit, and all that it has found. */
export async function showAudit({ client, reporter }: Session): Promise<number> {
  const report = await client.audit();
  reporter.tell("audit", report, [
    `Audit: ${auditInWords(report)}`,
    ...kindLines("in total", report.kinds),
    ...exampleLines(report.examples, Date.now()),
  ]);
  return 0;
}

/**
 * Starts a full round of the audit, unless one is running, and follows it.
 *
 * @returns 0 if it found nothing, 1 if it did.
 * @throws Failure if it does not move; ExitError after Ctrl-C.
 */
export async function audit(session: Session): Promise<number> {
  const { client, reporter } = session;
  const before = await client.audit();
  const begun = await client.startAudit();
  if (begun.run === before.run && before.state !== "running") {
    const why = "the rows were written by a newer projector than that of this deployment";
    return reporter.done(false, begun, `No audit was started: ${why}. Deploy a newer version first`);
  }
  // A round of the cron is replaced by a new one, with another number.
  const joined = before.state === "running" && before.run === begun.run;
  const text = joined ? `is already running, at ${share(begun)}` : `started: ${counted(begun.total, "ticket")}`;
  reporter.tell(joined ? "joined" : "started", begun, [
    `Audit round ${begun.run} ${text}. Ctrl-C stops the display, not the audit`,
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
        `audit round ${report.run} has not moved for ${duration(stallMs)}, at ${share(report)}: see the consumer, the sweep and the dead letters in ${quotedCommand(target, "status")}, and the log of the Worker`,
      stopping: interruption.asked,
    });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    throw new ExitError(
      `Stopped. Audit round ${latest.run} continues at ${share(latest)}. To follow it: ${quotedCommand(target, "audit")}; to see what it has found: ${quotedCommand(target, "audit --show")}`,
      interruption.exitCode(),
    );
  }
}

function conclude({ reporter }: Session, result: Result, joined: boolean): number {
  const { run, total, found, started_at: from, finished_at: to, kinds, examples } = result;
  const took = from === null || to === null ? "" : ` in ${duration(Date.parse(to) - Date.parse(from))}`;
  const said = `Audit round ${run} compared ${counted(total, "ticket")}${took}`;
  if (found === 0) return reporter.done(true, { ...result }, `${said}: no difference`);
  reporter.tell("found", { kinds, examples }, [
    ...kindLines(joined ? "in total" : "in this round", kinds),
    ...exampleLines(examples, Date.now()),
    "",
  ]);
  const healed = kinds.reduce((sum, kind) => sum + kind.healed, 0);
  const outcome = joined ? "" : `, ${figure(healed)} healed`;
  return reporter.done(false, { ...result }, `${said}: ${differences(found)}${outcome}`);
}
