/** A time as the API gives it: RFC 3339, UTC, milliseconds. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The same for a time that may not have come yet. */
export function instantOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : instant(milliseconds);
}

const HOUR = "(?:[01][0-9]|2[0-3])";
const RFC_3339 = new RegExp(
  `^([0-9]{4}-[0-9]{2}-[0-9]{2})T(${HOUR}:[0-5][0-9])(?::([0-5][0-9]|60)(?:\\.([0-9]+))?)?(Z|[+-]${HOUR}:[0-5][0-9])$`,
  "i",
);

/**
 * Reads a time of RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), also with small letters. What it says beyond
 * milliseconds is rounded up: of times in milliseconds, as many are before the one as before the other. A leap second, which no
 * clock here has, is the beginning of the next.
 *
 * @returns milliseconds since 1970; undefined if it is no such time
 */
export function parseInstant(text: string): number | undefined {
  const [, date = "", minutes, second = "00", fraction = "", offset = ""] = RFC_3339.exec(text) ?? [];
  if (!isDate(date)) return undefined;
  const isLeap = second === "60";
  const start = Date.parse(`${date}T${minutes}:${isLeap ? "59" : second}${offset.toUpperCase()}`);
  if (isLeap) return beginsMonth(start + 1_000) ? start + 1_000 : undefined;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return start + milliseconds + (/[1-9]/.test(fraction.slice(3)) ? 1 : 0);
}

/** JavaScript takes February 30 for the beginning of March. */
function isDate(date: string): boolean {
  const start = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(start) && instant(start).startsWith(date);
}

/** Leap seconds come at the end of a month, UTC (https://www.rfc-editor.org/rfc/rfc3339#appendix-D). */
function beginsMonth(at: number): boolean {
  return instant(at).endsWith("-01T00:00:00.000Z");
}
