import { counted, duration, Ending, figure } from "../console.ts";
import { CalledOff } from "../service/client.ts";
import { follow } from "./follow.ts";
import { toPaste } from "./paste.ts";
import { auditAlone, momentOfAudit, momentOfRebuild, share } from "./progress.ts";
import type { AuditReport, Rebuild } from "./schemas.ts";
import type { Session } from "./session.ts";
import { differences } from "./words.ts";

/** A rebuild, and the audit that verifies it once that is under way. */
interface Stage {
  readonly rebuild: Rebuild;
  readonly audit: AuditReport | undefined;
}

/**
 * Starts a rebuild of the read model, unless one runs, and follows it.
 *
 * @returns 0 if it is finished without drift, 1 if not.
 * @throws Failure if it stands still; Ending after Ctrl-C.
 */
export async function rebuild(session: Session, action: "follow" | "leave"): Promise<number> {
  const { client, reporter, target } = session;
  const before = await client.rebuild();
  const joined = underWay(before);
  const begun = joined ? before : await client.startRebuild();
  if (begun.run === before.run && !underWay(begun)) {
    const why = `projector ${begun.projector} has written the rows, and this deployment's is older`;
    return reporter.done(false, begun, `No rebuild was started: ${why}. Deploy code with a higher number first`);
  }
  const text = joined
    ? `Rebuild ${begun.run} runs already, at ${share(begun)}`
    : `Rebuild ${begun.run} is started: ${counted(begun.total, "ticket")}`;
  if (action === "leave") {
    return reporter.done(true, { joined, ...begun }, `${text}. ${toPaste(target, "rebuild")} follows it`);
  }
  reporter.tell(joined ? "joined" : "started", begun, [`${text}. Ctrl-C stops following it, not the rebuild`]);
  const { rebuild: ended } = await followToEnd(session, begun);
  // Its database may have been replaced meanwhile.
  if (ended.state === "idle")
    return reporter.done(false, ended, `The server does not know rebuild ${begun.run} any more`);
  return conclude(session, ended);
}

/** Cancels the rebuild that runs; says so if none does. */
export async function cancelRebuild({ client, reporter, target }: Session): Promise<number> {
  const before = await client.rebuild();
  if (!underWay(before)) return reporter.done(true, before, "No rebuild is running: there is nothing to cancel");
  const ended = await client.cancelRebuild();
  const waiting = ended.lists === "waiting" ? `. The lists wait for one: ${toPaste(target, "rebuild")}` : "";
  const how = ended.state === "cancelled" ? `is cancelled, at ${share(ended)}` : "had come to its end before";
  return reporter.done(true, ended, `Rebuild ${ended.run} ${how}${waiting}`);
}

async function followToEnd(
  { client, reporter, target, interruption, stallMs }: Session,
  begun: Rebuild,
): Promise<Stage> {
  let latest = begun;
  try {
    return await follow<Stage>({
      ask: async () => {
        const rebuild = await client.rebuild();
        return { rebuild, audit: rebuild.state === "verifying" ? await client.audit() : undefined };
      },
      show: ({ rebuild, audit }) => {
        latest = rebuild;
        // Until the audit has begun, there may be an earlier round.
        if (audit?.state === "running") reporter.progress(momentOfAudit("verifying", audit), auditAlone(audit));
        else if (rebuild.state === "running") reporter.progress(momentOfRebuild(rebuild), rebuild);
      },
      ended: ({ rebuild }) => !underWay(rebuild),
      mark: ({ rebuild: { run, state, done, failed }, audit }) =>
        [run, state, done, failed, audit?.run, audit?.done].join(),
      stallMs,
      stalled: ({ rebuild, audit }) => {
        const where = audit === undefined ? `at ${share(rebuild)}` : `in its audit, at ${share(audit)}`;
        return `rebuild ${rebuild.run} has not moved for ${duration(stallMs)}, ${where}: see the consumer, the backlog and the dead letters in ${toPaste(target, "status")}, and the Worker's log`;
      },
      stopping: interruption.asked,
    });
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
    throw new Ending(
      `Stopped following. Rebuild ${latest.run} goes on, at ${share(latest)}: ${toPaste(target, "rebuild")} follows it again, ${toPaste(target, "rebuild --cancel")} cancels it`,
      interruption.exitCode(),
    );
  }
}

function conclude({ reporter, target }: Session, ended: Rebuild): number {
  const { run, state, total, failed, drift_found: drift, started_at: from, finished_at: to } = ended;
  if (state === "cancelled") {
    const waiting = ended.lists === "waiting" ? ". The lists wait for another one" : "";
    return reporter.done(false, ended, `Rebuild ${run} was cancelled, at ${share(ended)}${waiting}`);
  }
  const took = from === null || to === null ? "" : ` in ${duration(Date.parse(to) - Date.parse(from))}`;
  const left = failed === 0 ? "" : `, ${figure(failed)} of them are in the backlog and come later`;
  const found = drift === null ? "has no result" : `found ${differences(drift)}`;
  const more = drift === 0 ? "" : `: see ${toPaste(target, "audit --show")}`;
  const text = `Rebuild ${run} is finished: ${counted(total, "ticket")}${took}${left}. The audit after it ${found}${more}`;
  return reporter.done(drift === 0, ended, text);
}

function underWay({ state }: Rebuild): boolean {
  return state === "running" || state === "verifying";
}
