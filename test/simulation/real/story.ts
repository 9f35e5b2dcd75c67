import type { Head, Moment } from "../../oracle/ticket-list.ts";

/** What a ticket has gone through, as far as it is known from outside. */
export interface Story {
  readonly id: string;
  readonly head: Head;
  readonly moments: Moment[];
  status: string;
}

/** A command as it is sent with others, and what it does where it is allowed. */
export interface Change {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly moment: (at: number) => Moment;
}

/** Where a ticket can go from where it is; to stay is allowed, and nothing. */
const REACHABLE: Readonly<Record<string, readonly string[]>> = {
  open: ["open", "pending", "resolved", "closed"],
  pending: ["pending", "open", "resolved", "closed"],
  resolved: ["resolved", "open", "closed"],
  closed: ["closed"],
};

/**
 * What a change does to a ticket, by the rules of the design.
 *
 * @returns the status of the answer
 */
export function tell(story: Story, change: Change, at: number): 200 | 409 {
  const moment = change.moment(at);
  if (moment.kind === "message") {
    if (story.status === "closed") return 409;
    if (moment.from === "customer") story.status = "open";
  }
  if (moment.kind === "status") {
    if (!REACHABLE[story.status]?.includes(moment.status)) return 409;
    story.status = moment.status;
  }
  story.moments.push(moment);
  return 200;
}
