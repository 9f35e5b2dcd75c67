import type { Usage } from "../../platform/usage.ts";

/**
 * Tells whoever asked what the answer cost: how long it took, and what the database had to do for it.
 *
 * @param ms from the request to its answer
 * @see https://www.w3.org/TR/server-timing/#the-server-timing-header-field
 */
export function serverTiming(ms: number, usage: Usage | undefined): string {
  const total = `total;dur=${ms}`;
  if (usage === undefined) return total;
  const { calls, rowsRead, rowsWritten, sqlMs, servedBy } = usage;
  const figures = [counted(calls, "call"), `${counted(rowsRead, "row")} read`, `${rowsWritten} written`, ...servedBy];
  return `${total}, db;dur=${Number(sqlMs.toFixed(3))};desc="${figures.join(", ")}"`;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
