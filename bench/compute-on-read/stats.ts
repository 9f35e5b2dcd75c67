import { type Statement, statement } from "../../src/platform/database.ts";
import { instant } from "../../src/queries/instant.ts";
import { waitingSince } from "./row.ts";

interface Group {
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee_id: string | null;
  readonly count: number;
  readonly unreplied: number;
}

interface Waiting {
  readonly count: number;
  /** When it began and whose it is; null where nobody waits. */
  readonly oldest: string | null;
}

/** Counts all tickets once, and looks at the messages of each: whether an agent has replied, one step; and of those that are not done, who waits. */
export function numbersOf(workspaceId: string): readonly [Statement<Group>, Statement<Waiting>] {
  return [
    statement<Group>(
      `SELECT status, priority, assignee_id, count(*) AS count,
         sum(NOT EXISTS (SELECT 1 FROM messages WHERE ticket = t.n AND sender = 'agent')) AS unreplied
       FROM tickets AS t WHERE workspace_id = ?1 GROUP BY status, priority, assignee_id`,
      workspaceId,
    ),
    // Times of milliseconds have as many digits until the year 2286, so that the least text is the earliest.
    statement<Waiting>(
      `SELECT count(since) AS count, min(since || ' ' || id) AS oldest FROM (
         SELECT id, ${waitingSince("t")} AS since FROM tickets AS t WHERE workspace_id = ?1 AND status IN ('open', 'pending') LIMIT -1)`,
      workspaceId,
    ),
  ];
}

type Status = "open" | "pending" | "resolved" | "closed";
type Priority = "low" | "normal" | "high" | "urgent";

/** The same numbers as Edgedesk gives, but for how fresh they are. */
export function statsOf(groups: readonly Group[], { count: waiting, oldest }: Waiting) {
  const at = (priority: Priority) => byStatus(groups.filter((group) => group.priority === priority));
  const assignees = [...Map.groupBy(groups, ({ assignee_id }) => assignee_id)].map(([assignee_id, those]) => ({
    assignee_id,
    ...byStatus(those),
  }));
  return {
    by_status: byStatus(groups),
    by_priority: { low: at("low"), normal: at("normal"), high: at("high"), urgent: at("urgent") },
    by_assignee: assignees.toSorted(nobodyFirst),
    next_cursor: null,
    unassigned: groups.reduce((sum, { assignee_id, count }) => sum + (assignee_id === null ? count : 0), 0),
    waiting,
    unreplied: groups.reduce((sum, { unreplied }) => sum + unreplied, 0),
    oldest_waiting: oldest === null ? null : oldestOf(oldest),
  };
}

function oldestOf(text: string) {
  const [since, id = ""] = text.split(" ");
  return { id, since: instant(Number(since)) };
}

function byStatus(groups: readonly Group[]) {
  const numbers = { open: 0, pending: 0, resolved: 0, closed: 0, total: 0 };
  for (const { status, count } of groups) {
    numbers[status] += count;
    numbers.total += count;
  }
  return numbers;
}

interface OfAssignee {
  readonly assignee_id: string | null;
}

/** Nobody, then the agents by their ids. */
function nobodyFirst({ assignee_id: one }: OfAssignee, { assignee_id: other }: OfAssignee): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  return one < other ? -1 : Number(one > other);
}
