import { type Statement, statement } from "../../platform/database.ts";
import { keyOf, type Projected, type Projection, type TicketRef, ticketRefs, versionOf } from "./projection.ts";

/**
 * The search text that one D1 call loads or writes, in characters. The database serves nobody else during a call, and the worst text
 * costs it about 0.3 s for so many (docs/decisions/0012-a-call-is-bounded-by-its-search-text.md). One ticket never has more.
 */
export const MAX_TEXT = 200_000;

/**
 * The first of some tickets, as many as one call may load: those whose texts together stay within the projection's limit, at least one.
 * Their sizes come from the headers of the stored records, so that no text is read for them.
 * A subquery with a limit is one of its own: it works out each size once.
 *
 * @param size SQL for the bytes of text of `ref`
 */
export function refsWithinTextLimit(
  { maxText }: Pick<Projection, "maxText">,
  { sql, params }: Statement<TicketRef>,
  size: string,
): Statement<TicketRef> {
  return statement<TicketRef>(
    `SELECT workspace_id, ticket_id FROM (
       SELECT *, sum(size) OVER (ROWS UNBOUNDED PRECEDING) AS through
       FROM (SELECT ref.workspace_id, ref.ticket_id, coalesce(${size}, 0) AS size FROM (${sql}) AS ref
         LIMIT -1 OFFSET 0))
     WHERE through <= ${maxText} OR through = size`,
    ...params,
  );
}

/** The first of some named tickets, as many as one call may load. One needs no measuring. */
export function loadableRefs(projection: Projection, tickets: readonly TicketRef[]): Statement<TicketRef> {
  return tickets.length === 1
    ? ticketRefs(tickets)
    : refsWithinTextLimit(projection, ticketRefs(tickets), projection.textSize);
}

/** SQL for the bytes of search text in a stored row. */
export function storedTextLength(projection: Pick<Projection, "search">): string {
  const lengths = textColumns(projection).map((column) => `coalesce(octet_length(${column}), 0)`);
  return ["0", ...lengths].join(" + ");
}

/** The characters of search text in a row. */
export function textLengthOf(projection: Pick<Projection, "search">, row: Projected): number {
  const values = new Map<string, unknown>(Object.entries(row));
  return textColumns(projection).reduce((total, column) => {
    const value = values.get(column);
    return total + (typeof value === "string" ? value.length : 0);
  }, 0);
}

function textColumns({ search }: Pick<Projection, "search">): string[] {
  return [...new Set(search.flatMap(({ columns }) => Object.values(columns)))];
}

/** Tickets, in the order in which they were asked for. */
export interface Loaded<Ref extends TicketRef> {
  /** Those up to the last one that was loaded. What follows did not fit, or has no source. */
  readonly refs: readonly Ref[];
  readonly sources: ReadonlyMap<string, Projected>;
}

/** Matches tickets with the sources that {@link refsWithinTextLimit} let through. If there is none, no ticket has a source. */
export function matchSources<Ref extends TicketRef>(refs: readonly Ref[], sources: readonly Projected[]): Loaded<Ref> {
  const byKey = new Map(sources.map((source) => [keyOf(versionOf(source)), source]));
  const last = refs.findLastIndex((ref) => byKey.has(keyOf(ref)));
  return { refs: last < 0 ? refs : refs.slice(0, last + 1), sources: byKey };
}

/** Adds up the search text of rows, up to what one call may write. */
export class TextMeter {
  readonly #projection: Pick<Projection, "search" | "maxText">;
  #text = 0;

  constructor(projection: Pick<Projection, "search" | "maxText">) {
    this.#projection = projection;
  }

  /** Adds a row if there is room for it. The first one always has room. */
  tryAdd(row: Projected): boolean {
    const text = textLengthOf(this.#projection, row);
    if (this.#text > 0 && this.#text + text > this.#projection.maxText) return false;
    this.#text += text;
    return true;
  }
}
