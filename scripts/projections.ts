/** `npm run projections -- COMMAND`: operates the read model of a running Edgedesk. See `--help`. */
import { ExitError, runScript } from "./console.ts";
import { abortAfter, type Interruption, listenForInterruption } from "./interruption.ts";
import { audit, showAudit } from "./projections/audit.ts";
import { OperationsClient } from "./projections/client.ts";
import { type Call, type Options, readOptions } from "./projections/options.ts";
import { listParked } from "./projections/parked.ts";
import { cancelRebuild, rebuild } from "./projections/rebuild.ts";
import { PeopleReporter, ProgramReporter, type Reporter } from "./projections/reporter.ts";
import { retryAll, retryEach } from "./projections/retry.ts";
import { ScreenReporter } from "./projections/screen.ts";
import type { Session } from "./projections/session.ts";
import { showStatus, watchStatus } from "./projections/status.ts";
import { Cancelled } from "./service/client.ts";

const PATIENCE_MS = 120_000;

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === "string") {
    console.log(options);
    return 0;
  }
  return operate(options, listenForInterruption());
});

async function operate(options: Options, interruption: Interruption): Promise<number> {
  const reporter = reporterFor(options);
  const client = new OperationsClient({
    ...options,
    patienceMs: PATIENCE_MS,
    stopping: interruption.asked,
    cutting: abortAfter(interruption),
    onRetry: (reason, pauseMs) => reporter.retry(reason, pauseMs),
  });
  try {
    return await perform(options.call, { client, target: options, reporter, interruption, stallMs: PATIENCE_MS });
  } catch (error) {
    reporter.end();
    const ending = error instanceof Cancelled ? new ExitError("Stopped", interruption.exitCode()) : error;
    const reason = ending instanceof Error ? ending.message : String(ending);
    reporter.brokeOff(interruption.asked.aborted ? "stopped" : "failed", reason);
    throw ending;
  } finally {
    reporter.end();
  }
}

function reporterFor({ call, json }: Options): Reporter {
  if (json) return new ProgramReporter();
  return call.command === "status" && call.watch && process.stdout.isTTY ? new ScreenReporter() : new PeopleReporter();
}

function perform(call: Call, session: Session): Promise<number> {
  switch (call.command) {
    case "status":
      return call.watch ? watchStatus(session) : showStatus(session);
    case "rebuild":
      return call.action === "cancel" ? cancelRebuild(session) : rebuild(session, call.action);
    case "audit":
      return call.show ? showAudit(session) : audit(session);
    case "parked":
      return listParked(session);
    case "retry":
      return call.tickets === "all" ? retryAll(session) : retryEach(session, call.tickets);
  }
}
