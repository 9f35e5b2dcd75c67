import type { ChangeTicket, CreateTicket } from "../../src/domain/decide.ts";
import type { Status } from "../../src/domain/ticket.ts";
import { type Statement, statement, type Value } from "../../src/platform/database.ts";

/** The ticket that is changed, and when. */
export interface Target {
  readonly workspaceId: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a ticket is after a command. */
export interface Changed {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
}

/** The statements that create a ticket: one call. What a later one needs of an earlier one is its rowid. */
export function create({ workspaceId, id, at }: Target, command: CreateTicket): Statement[] {
  const { external_id, customer_id, subject, message, priority, tags, follow_up_of } = command;
  return [
    statement(
      `INSERT INTO tickets (workspace_id, id, external_id, customer_id, subject, status, priority, follow_up_of, reopen_count, created_at, updated_at, version)
       VALUES (?1, ?2, ?3, ?4, ?5, 'open', ?6, ?7, 0, ?8, ?8, 1)`,
      ...[workspaceId, id, external_id, customer_id, subject, priority, follow_up_of, at],
    ),
    // A table without rowids leaves the number of the last one as it is.
    ...(tags.length === 0
      ? []
      : [
          statement(
            `INSERT INTO ticket_tags (ticket, tag, workspace_id, place) SELECT last_insert_rowid(), value, ?1, key FROM json_each(?2)`,
            workspaceId,
            JSON.stringify(tags),
          ),
        ]),
    statement(
      "INSERT INTO messages (ticket, sender, body, sent_at) VALUES (last_insert_rowid(), 'customer', ?1, ?2)",
      message,
      at,
    ),
    statement(
      "INSERT INTO message_search (rowid, subject, body) VALUES (last_insert_rowid(), ?1, ?2)",
      subject,
      message,
    ),
  ];
}

/**
 * The statements that change a ticket, where its rules allow it: one call, too, since the rules stand in the conditions. What is added to
 * it is added only where the statement before took effect.
 */
export function change(target: Target, command: ChangeTicket): Statement[] {
  switch (command.type) {
    case "UpdateStatus":
      return [moved(target, command.new_status)];
    case "AssignTicket":
      return [update(target, "assignee_id = ?4", "assignee_id IS NOT ?4", command.assignee_id)];
    case "SetPriority":
      return [update(target, "priority = ?4", "priority <> ?4", command.priority)];
    case "AddAgentNote":
      return [
        update(target, "", "true"),
        statement(
          `INSERT INTO notes (ticket, note, created_at) SELECT n, ?3, ?4 FROM tickets WHERE workspace_id = ?1 AND id = ?2 AND changes() = 1`,
          ...[target.workspaceId, target.id, command.note, target.at],
        ),
      ];
    case "AddMessage":
      return [
        update(target, command.from === "customer" ? REOPENED : "", "status <> 'closed'"),
        statement(
          `INSERT INTO messages (ticket, sender, body, sent_at) SELECT n, ?3, ?4, ?5 FROM tickets WHERE workspace_id = ?1 AND id = ?2 AND changes() = 1`,
          ...[target.workspaceId, target.id, command.from, command.body, target.at],
        ),
        statement(
          "INSERT INTO message_search (rowid, body) SELECT last_insert_rowid(), ?1 WHERE changes() = 1",
          command.body,
        ),
      ];
    case "SetTags":
      return tagged(target, JSON.stringify(command.tags));
  }
}

/** The ticket after that: no row where there is none. */
export function after({ workspaceId, id }: Target): Statement<Changed> {
  return statement<Changed>(
    "SELECT id, version, status FROM tickets WHERE workspace_id = ?1 AND id = ?2",
    workspaceId,
    id,
  );
}

const REOPENED =
  "status = 'open', resolved_at = iif(status = 'open', resolved_at, NULL), reopen_count = reopen_count + (status = 'resolved')";

/** From which statuses each can be reached. */
const FROM: Readonly<Record<Status, readonly Status[]>> = {
  open: ["pending", "resolved"],
  pending: ["open"],
  resolved: ["open", "pending"],
  closed: ["open", "pending", "resolved"],
};

function moved(target: Target, wanted: Status): Statement {
  const since: Readonly<Record<Status, string>> = {
    open: "resolved_at = NULL, reopen_count = reopen_count + (status = 'resolved')",
    pending: "resolved_at = NULL",
    resolved: "resolved_at = ?3",
    closed: "closed_at = ?3",
  };
  const isReachable = `status IN (${FROM[wanted].map((status) => `'${status}'`).join(", ")})`;
  return update(target, `status = ?4, ${since[wanted]}`, isReachable, wanted);
}

function tagged(target: Target, tags: string): Statement[] {
  const own = "(SELECT n FROM tickets WHERE workspace_id = ?1 AND id = ?2)";
  return [
    update(
      target,
      "",
      "(SELECT json_group_array(tag) FROM (SELECT tag FROM ticket_tags WHERE ticket = tickets.n ORDER BY place)) <> ?4",
      tags,
    ),
    statement(`DELETE FROM ticket_tags WHERE ticket = ${own} AND changes() = 1`, target.workspaceId, target.id),
    statement(
      `INSERT INTO ticket_tags (ticket, tag, workspace_id, place) SELECT ticket.n, tag.value, ?1, tag.key
       FROM json_each(?3) AS tag CROSS JOIN tickets AS ticket ON ticket.workspace_id = ?1 AND ticket.id = ?2
       WHERE NOT EXISTS (SELECT 1 FROM ticket_tags WHERE ticket = ticket.n)`,
      ...[target.workspaceId, target.id, tags],
    ),
  ];
}

/**
 * @param set what changes beside the time and the version, with ?4 for the value and ?3 for the time
 * @param when what must be true of the ticket
 */
function update({ workspaceId, id, at }: Target, set: string, when: string, ...values: Value[]): Statement {
  const all = [...(set === "" ? [] : [set]), "updated_at = max(updated_at, ?3)", "version = version + 1"];
  return statement(
    `UPDATE tickets SET ${all.join(", ")} WHERE workspace_id = ?1 AND id = ?2 AND ${when}`,
    ...[workspaceId, id, at, ...values],
  );
}
