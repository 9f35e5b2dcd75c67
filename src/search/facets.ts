const utf8 = new TextEncoder();

/** Characters that need no escape. Every other byte is written as a dot and two hexadecimal digits. */
const PLAIN = /^[a-z0-9_-]$/;

function escaped(value: string): string {
  if (/^[a-z0-9_-]*$/.test(value)) return value;
  const characters = Array.from(utf8.encode(value), (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `.${byte.toString(16).padStart(2, "0")}`;
  });
  return characters.join("");
}

/**
 * The word for a facet in the search tables. The projector writes it, and queries search for it. It consists of lower-case letters,
 * digits and `._-`, whatever the value is, and no two facets share a word.
 *
 * @param value null if the ticket has none
 */
export function facetWord(workspaceId: string, name: string, value: string | boolean | null = null): string {
  const head = `${escaped(workspaceId)}.${name}`;
  if (value === null) return head;
  return `${head}.${typeof value === "boolean" ? Number(value) : escaped(value)}`;
}

/** Times before the first and from the second on are in one period each. */
const FIRST = Date.UTC(1970, 0);
const END = Date.UTC(2101, 0);
const BEFORE = "before";
const AFTER = "after";

const DAY = 86_400_000;

/** The year, the month and the day of a time, UTC. */
export function periodsAt(time: number): string[] {
  if (time < FIRST) return [BEFORE];
  if (time >= END) return [AFTER];
  const date = new Date(time).toISOString();
  return [date.slice(0, 4), date.slice(0, 7), date.slice(0, 10)];
}

/** A range of time, in milliseconds since 1970: `after` is inclusive, `before` exclusive. Either may be missing. */
export interface Range {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/** The fewest years, months and days that cover a range. Parts of the first and the last day may be outside the range. */
export function periodsWithin({
  after = Number.NEGATIVE_INFINITY,
  before = Number.POSITIVE_INFINITY,
}: Range): string[] {
  if (after >= before) return [];
  const periods = after < FIRST ? [BEFORE] : [];
  const end = Math.min(Math.ceil(before / DAY) * DAY, END);
  let day = Math.max(Math.floor(after / DAY) * DAY, FIRST);
  while (day < end) {
    const date = new Date(day);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const [nextYear, nextMonth] = [Date.UTC(year + 1, 0), Date.UTC(year, month + 1)];
    const isFirst = date.getUTCDate() === 1;
    const length = isFirst && month === 0 && nextYear <= end ? 4 : isFirst && nextMonth <= end ? 7 : 10;
    periods.push(date.toISOString().slice(0, length));
    day = length === 4 ? nextYear : length === 7 ? nextMonth : day + DAY;
  }
  return before > END ? [...periods, AFTER] : periods;
}
