import type { Value } from "./database.ts";

/**
 * SQL for the elements of a JSON array that is the first parameter, each as `value`. A subquery with a limit is one of its own: it makes
 * the text of an element once, where `json_each` alone would for each column that is taken from it.
 */
export const ELEMENTS = "(SELECT value FROM json_each(?1) LIMIT -1 OFFSET 0)";

/** The parameters of a statement that is written in parts: each value once, however often it is named. */
export class Parameters {
  readonly values: Value[] = [];

  /** The name of a value in the statement. */
  readonly bind = (value: Value): string => {
    const index = this.values.indexOf(value);
    return `?${index < 0 ? this.values.push(value) : index + 1}`;
  };

  /** The same for a part that was written with a bare `?` for each of its own. */
  take({ sql, params }: { readonly sql: string; readonly params: readonly Value[] }): string {
    let next = 0;
    return sql.replaceAll("?", () => this.bind(params[next++] ?? null));
  }
}
