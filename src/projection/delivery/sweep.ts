import { type Database, statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { announce } from "../../platform/queue.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Claim, claimOverdue } from "../core/backlog.ts";
import { countClaimed, recordCronHeartbeat } from "../core/figures.ts";
import { projectClaimed, trySuspectsOf } from "./parking.ts";

/** Tickets per claim: the maximum of one `sendBatch` call. */
const CLAIM_SIZE = 100;

/** Maximum number of claims in one pass. */
const MAX_CLAIMS = 150;

/** D1 calls of one claim if the queue rejects it: the claim, then the projection or a note of a failure. */
const CALLS_PER_CLAIM = 4;

/**
 * Advances the databases' clocks and claims tickets that the queue did not project in time. The backlog lists every
 * such ticket, even if its message was lost.
 */
export async function sweep(deps: Projecting): Promise<void> {
  for (const database of deps.databases()) {
    try {
      await sweepOverdue(deps, database);
    } catch (error) {
      deps.log("error", "sweep.failed", { reason: reasonOf(error) });
    }
  }
}

/** Projects tickets alone that are parked, or that several sweeps could not project. Each may end the worker. */
export async function trySuspects(deps: Projecting): Promise<void> {
  for (const database of deps.databases()) {
    try {
      await trySuspectsOf(deps, database);
    } catch (error) {
      deps.log("error", "sweep.suspect_failed", { reason: reasonOf(error) });
    }
  }
}

async function sweepOverdue(deps: Projecting, database: Database): Promise<void> {
  const session = database.session("first-primary");
  for (let claims = 0; claims < MAX_CLAIMS && deps.usage.allows(CALLS_PER_CLAIM); claims++) {
    const now = deps.clock();
    const clocks = [
      statement("UPDATE db_clock SET at = max(at, ?1)", now),
      ...(claims === 0 ? [recordCronHeartbeat(now)] : []),
    ];
    const [claimed] = await session.readAfter(clocks, claimOverdue(now, CLAIM_SIZE, deps.random()), countClaimed());
    if (claimed.length > 0) await sendOrProject(deps, database, claimed);
    if (claimed.length < CLAIM_SIZE) return;
  }
}

/** Sends claimed tickets to the queue again. If the queue rejects them, projects them directly. */
async function sendOrProject(deps: Projecting, database: Database, claimed: readonly Claim[]): Promise<void> {
  deps.log("warn", "sweep.overdue", { tickets: claimed.length });
  const messages = claimed.map(({ workspace_id, ticket_id, version }) => ({ workspace_id, ticket_id, version }));
  if (!(await announce(deps, messages))) await projectClaimed(deps, database, claimed);
}
