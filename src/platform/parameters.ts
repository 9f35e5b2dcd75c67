import type { Value } from "./database.ts";

/**
 * SQL for the elements of a JSON array that is the first parameter, each as `value`. A subquery with a limit is one of its own: it makes
 * the text of an element once, where `json_each` alone would for each column that is taken from it.
 */
export const ELEMENTS = "(SELECT value FROM json_each(?1) LIMIT -1 OFFSET 0)";

/** Where an array for one parameter ends: D1 takes 2,000,000 bytes (https://developers.cloudflare.com/d1/platform/limits/). */
const JSON_PARAMETER_BYTES = 1_000_000;

const utf8 = new TextEncoder();

/**
 * Joins JSON values to arrays that each fit into one parameter.
 *
 * @param values each of up to 2,000,000 bytes
 */
export function jsonArrays(values: readonly string[]): string[] {
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const size = utf8.encode(value).byteLength;
    if (bytes + size > JSON_PARAMETER_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(value);
    bytes += size;
  }
  return parts.map((part) => `[${part.join(",")}]`);
}

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
