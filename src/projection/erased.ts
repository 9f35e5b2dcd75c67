import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../db/database.ts";
import { named, type Projection, type TicketRef } from "./projection.ts";

/**
 * Empties what is personal in the rows of erased tickets, whatever the projector would make of them: also where it fails, or ends its
 * worker. The row keeps its version, and the backlog what it owes: its projection follows. Where that was faster, the row is as it must be. Nothing writes an older one behind it: see
 * the row writer.
 */
export function blank(projection: Pick<Projection, "table" | "personal">, tickets: readonly TicketRef[]): Statement {
  return blankNamed(projection, named(tickets));
}

/** The same for whatever erased ticket is not projected yet: where a worker has ended before it got there. */
export function blankOwed(projection: Pick<Projection, "table" | "personal">): Statement {
  const owed = statement<TicketRef>("SELECT workspace_id, ticket_id FROM projection_backlog");
  return blankNamed(projection, owed);
}

function blankNamed(
  { table, personal }: Pick<Projection, "table" | "personal">,
  { sql, params }: Statement<TicketRef>,
): Statement {
  const name = getTableName(table);
  const columns = Object.keys(personal);
  const empty = Object.values(personal).map((value) => (value === null ? "NULL" : `'${value}'`));
  return statement(
    `UPDATE ${name} SET ${columns.map((column, index) => `${column} = ${empty[index]}`).join(", ")}
     WHERE (workspace_id, id) IN (
       SELECT ticket.workspace_id, ticket.id FROM (${sql}) AS ref CROSS JOIN tickets AS ticket
         ON ticket.workspace_id = ref.workspace_id AND ticket.id = ref.ticket_id
       WHERE ticket.erased_at IS NOT NULL)
     AND version < (SELECT version FROM tickets WHERE tickets.workspace_id = ${name}.workspace_id AND tickets.id = ${name}.id)
     AND (${columns.join(", ")}) IS DISTINCT FROM (${empty.join(", ")})`,
    ...params,
  );
}
