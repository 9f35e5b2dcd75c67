import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../platform/database.ts";
import { type Projected, type Projection, ticketRefs, versionOf } from "../projection/core/projection.ts";

/**
 * Redacts the personal columns in the rows of tickets, without the projector. It must be in the transaction that erases the tickets. A row
 * keeps its version until it is projected again. From then on the row writer refuses older versions.
 */
export function redactRows(
  { table, personal }: Pick<Projection, "table" | "personal">,
  tickets: readonly Projected[],
): Statement {
  const { sql, params } = ticketRefs(tickets.map(versionOf));
  const columns = Object.keys(personal);
  const empty = Object.values(personal).map((value) => (value === null ? "NULL" : `'${value}'`));
  return statement(
    `UPDATE ${getTableName(table)} SET ${columns.map((column, index) => `${column} = ${empty[index]}`).join(", ")}
     WHERE (workspace_id, id) IN (${sql}) AND (${columns.join(", ")}) IS DISTINCT FROM (${empty.join(", ")})`,
    ...params,
  );
}
