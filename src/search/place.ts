/** The bits of a place that name the row; the other 42 are its time. More tickets do not fit into a database of 10 GB. */
const ROW_BITS = 22;
const MAX_ROWS = 2 ** ROW_BITS;
const LATEST = 2 ** 42 - 1;
const HALF = 2 ** 41;

/**
 * Where a row stands in a search table: the rowid, which orders by time and then by row, and leads to it. Times before 1970 and
 * after 2109 share a place in time with the first and the last: what is read in this order is sorted by the exact one.
 *
 * The same expression is in the triggers of `migrations/`.
 *
 * @param time SQL for milliseconds since 1970
 * @param row SQL for the row's number
 */
export function placeOf(time: string, row: string): string {
  return `((min(max(${time}, 0), ${LATEST}) - ${HALF}) << ${ROW_BITS} | ${row})`;
}

/** The first place of a time. */
export function firstPlaceOf(time: string): string {
  return placeOf(time, "0");
}

/** The last place of a time. */
export function lastPlaceOf(time: string): string {
  return placeOf(time, `${MAX_ROWS - 1}`);
}

/** The first or the last place of the time that a place has. */
export function timeAt(place: string, which: "first" | "last"): string {
  const first = `${place} >> ${ROW_BITS} << ${ROW_BITS}`;
  return which === "first" ? first : `${first} | ${MAX_ROWS - 1}`;
}

/** The row that a place leads to. */
export function rowAt(place: string): string {
  return `(${place} & ${MAX_ROWS - 1})`;
}
