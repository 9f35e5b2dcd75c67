import { counted, duration, ExitError, figure } from "../console.ts";
import { Cancelled } from "../service/client.ts";
import { follow } from "./follow.ts";
import { quotedCommand } from "./paste.ts";
import { auditAlone, momentOfAudit, momentOfRebuild, share } from "./progress.ts";
import type { AuditReport, Rebuild } from "./schemas.ts";
import type { Session } from "./session.ts";
import { differences } from "./words.ts";

/** A rebuild, and the audit that verifies it, once it has begun. */
interface Stage {
  readonly rebuild: Rebuild;
  readonly audit: AuditReport | undefined;
}

/**
 * Starts a rebuild of the read model, unless one is running, and follows it.
 *
 * @returns 0 if it finished without drift, 1 if not.
 * @throws Failure if it does not move; ExitError after Ctrl-C.
 */
export async function rebuild(session: Session, action: "follow" | "leave"): Promise<number> {
  const { client, reporter, target } = session;
  const before = await client.rebuild();
  const joined = underWay(before);
  const begun = joined ? before : await client.startRebuild();
  if (begun.run === before.run && !underWay(begun)) {
    const why = `the rows were written by projector ${begun.projector}, which is newer than this deployment`;
    return reporter.done(false, begun, `No rebuild was started: ${why}. Deploy a newer version first`);
  }
  const text = joined
    ? `Rebuild ${begun.run} is already running, at ${share(begun)}`
    : `Rebuild ${begun.run} started: ${counted(begun.total, "ticket")}`;
  if (action === "leave") {
    return reporter.done(true, { joined, ...begun }, `${text}. To follow it: ${quotedCommand(target, "rebuild")}`);
  }
  reporter.tell(joined ? "joined" : "started", begun, [`${text}. Ctrl-C stops the display, not the rebuild`]);
  const { rebuild: ended } = await followToEnd(session, begun);
  // The database may have been replaced.
  if (ended.state === "idle") return reporter.done(false, ended, `The server no longer knows rebuild ${begun.run}`);
  return conclude(session, ended);
}

/** Cancels the running rebuild, if there is one. */
export async function cancelRebuild({ client, reporter, target }: Session): Promise<number> {
  const before = await client.rebuild();
  if (!underWay(before)) return reporter.done(true, before, "No rebuild is running: there is nothing to cancel");
  const ended = await client.cancelRebuild();
  const waiting =
    ended.lists === "waiting" ? `. The lists wait for a rebuild: ${quotedCommand(target, "rebuild")}` : "";
  const how = ended.state === "cancelled" ? `cancelled at ${share(ended)}` : "had already ended";
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
        // Before the audit begins, the report is of an earlier round.
        if (audit?.state === "running") reporter.progress(momentOfAudit("verifying", audit), auditAlone(audit));
        else if (rebuild.state === "running") reporter.progress(momentOfRebuild(rebuild), rebuild);
      },
      ended: ({ rebuild }) => !underWay(rebuild),
      mark: ({ rebuild: { run, state, done, failed }, audit }) =>
        [run, state, done, failed, audit?.run, audit?.done].join(),
      stallMs,
      stalled: ({ rebuild, audit }) => {
        const where = audit === undefined ? `at ${share(rebuild)}` : `in its audit, at ${share(audit)}`;
        return `rebuild ${rebuild.run} has not moved for ${duration(stallMs)}, ${where}: see the consumer, the backlog and the dead letters in ${quotedCommand(target, "status")}, and the log of the Worker`;
      },
      stopping: interruption.asked,
    });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    throw new ExitError(
      `Stopped. Rebuild ${latest.run} continues at ${share(latest)}. To follow it: ${quotedCommand(target, "rebuild")}; to cancel it: ${quotedCommand(target, "rebuild --cancel")}`,
      interruption.exitCode(),
    );
  }
}

function conclude({ reporter, target }: Session, ended: Rebuild): number {
  const { run, state, total, failed, drift_found: drift, started_at: from, finished_at: to } = ended;
  if (state === "cancelled") {
    const waiting = ended.lists === "waiting" ? ". The lists wait for another one" : "";
    return reporter.done(false, ended, `Rebuild ${run} was cancelled at ${share(ended)}${waiting}`);
  }
  const took = from === null || to === null ? "" : ` in ${duration(Date.parse(to) - Date.parse(from))}`;
  const left = failed === 0 ? "" : `, ${figure(failed)} of them are left to the backlog`;
  const found = drift === null ? "has no result" : `found ${differences(drift)}`;
  const more = drift === 0 ? "" : `: see ${quotedCommand(target, "audit --show")}`;
  const text = `Rebuild ${run} finished: ${counted(total, "ticket")}${took}${left}. The audit ${found}${more}`;
  return reporter.done(drift === 0, ended, text);
}

function underWay({ state }: Rebuild): boolean {
  return state === "running" || state === "verifying";
}
