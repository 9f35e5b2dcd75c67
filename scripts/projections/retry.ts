import { styleText } from "node:util";
import { counted, ExitError, figure } from "../console.ts";
import { oneLine } from "../local/run.ts";
import { Cancelled } from "../service/client.ts";
import { quotedCommand } from "./paste.ts";
import type { Session } from "./session.ts";

/**
 * Retries parked tickets, one after the other.
 *
 * @returns 0 if all of them are projected now, 1 if not.
 * @throws Failure if the server does not answer; ExitError after Ctrl-C.
 */
export async function retryEach(session: Session, tickets: readonly string[]): Promise<number> {
  const { reporter } = session;
  const tally = { tried: 0, projected: 0 };
  for (const ticket of tickets) {
    const error = await retryOne(session, ticket, tally.tried, tickets.length);
    tally.tried += 1;
    tally.projected += error === undefined ? 1 : 0;
    const mark = error === undefined ? styleText("green", "✔") : styleText("red", "✘");
    const outcome = { ticket_id: ticket, projected: error === undefined, error: error ?? null };
    reporter.tell("retried", outcome, [`${mark} ${ticket} ${error ?? "is projected"}`]);
  }
  const text = `${figure(tally.projected)} of ${counted(tally.tried, "ticket")} projected`;
  return reporter.done(tally.projected === tally.tried, tally, text);
}

/** Sends all parked tickets to the queue. */
export async function retryAll({ client, reporter, target }: Session): Promise<number> {
  const retried = await client.retryAll();
  const text = `${counted(retried, "ticket")} sent to the queue. To see the progress: ${quotedCommand(target, "status")}`;
  return reporter.done(true, { retried }, retried === 0 ? "No ticket is parked" : text);
}

/** @returns the reason why the ticket is not projected; undefined if it is. */
async function retryOne({ client, interruption }: Session, ticket: string, tried: number, all: number) {
  try {
    const answer = await client.retry(ticket);
    if (answer === undefined) return "is not parked";
    return answer.projected ? undefined : `is not projected: ${oneLine(answer.error ?? "it will be retried later")}`;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    throw new ExitError(`Stopped. ${figure(tried)} of ${counted(all, "ticket")} tried`, interruption.exitCode());
  }
}
