import { setTimeout as pause } from "node:timers/promises";
import { ExitError } from "../console.ts";
import { Cancelled } from "../service/client.ts";
import type { Session } from "./session.ts";
import { statusLines } from "./status-view.ts";

const REFRESH_MS = 2_000;

/**
 * Shows the status.
 *
 * @returns 0 if the status is ok, 1 if not.
 */
export async function showStatus({ client, reporter }: Session): Promise<number> {
  const status = await client.status();
  reporter.tell("status", status, statusLines(status, Date.now()));
  return status.status === "ok" ? 0 : 1;
}

/**
 * Refreshes the status until Ctrl-C, or until stdout is closed.
 *
 * @returns 0 if the last status was ok, 1 if not.
 */
export async function watchStatus(session: Session): Promise<number> {
  const unread = new AbortController();
  process.stdout.on("error", () => unread.abort());
  const stopping = AbortSignal.any([session.interruption.asked, unread.signal]);
  let code: number | undefined;
  while (!stopping.aborted) {
    try {
      code = await showStatus(session);
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      break;
    }
    await pause(REFRESH_MS, undefined, { signal: stopping }).catch(() => {});
  }
  if (code === undefined) throw new ExitError("Stopped before the first answer", session.interruption.exitCode());
  return code;
}
