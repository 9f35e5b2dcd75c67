import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../platform/database.ts";
import { named, type Projected, type Projection, versionOf } from "../projection/core/projection.ts";

/**
 * Empties what is personal in the rows of tickets, whatever the projector would make of them. It belongs in the transaction that erases
 * the tickets. The row keeps its version, and its projection follows. The row writer refuses older versions from then on.
 */
export function redactRows(
  { table, personal }: Pick<Projection, "table" | "personal">,
  tickets: readonly Projected[],
): Statement {
  const { sql, params } = named(tickets.map(versionOf));
  const columns = Object.keys(personal);
  const empty = Object.values(personal).map((value) => (value === null ? "NULL" : `'${value}'`));
  return statement(
    `UPDATE ${getTableName(table)} SET ${columns.map((column, index) => `${column} = ${empty[index]}`).join(", ")}
     WHERE (workspace_id, id) IN (${sql}) AND (${columns.join(", ")}) IS DISTINCT FROM (${empty.join(", ")})`,
    ...params,
  );
}
