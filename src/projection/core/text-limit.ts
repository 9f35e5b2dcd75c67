import { type Statement, statement } from "../../platform/database.ts";
import { keyOf, type Projected, type Projection, type TicketRef, ticketRefs, versionOf } from "./projection.ts";

/**
 * Maximum search text of one D1 call, in characters. The database serves no other call meanwhile, and the worst text
 * of this length takes about 0.3 s (docs/decisions/0012-a-call-is-bounded-by-its-search-text.md). No ticket has more.
 */
export const MAX_TEXT = 200_000;

/**
 * Selects a prefix of the tickets whose texts fit in one call, at least one ticket. Sizes come from the headers of
 * the stored records, so no text is read. The subquery has a limit so that SQLite computes each size once.
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

/** Selects a prefix of the tickets that one call may load. A single ticket needs no size check. */
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

function textLengthOf(projection: Pick<Projection, "search">, row: Projected): number {
  const values = new Map<string, unknown>(Object.entries(row));
  return textColumns(projection).reduce((total, column) => {
    const value = values.get(column);
    return total + (typeof value === "string" ? value.length : 0);
  }, 0);
}

function textColumns({ search }: Pick<Projection, "search">): string[] {
  return [...new Set(search.flatMap(({ columns }) => Object.values(columns)))];
}

/** Loaded tickets, in the requested order. */
export interface Loaded<Ref extends TicketRef> {
  /** Tickets up to the last loaded one. Later tickets did not fit, or have no source. */
  readonly refs: readonly Ref[];
  readonly sources: ReadonlyMap<string, Projected>;
}

/**
 * Matches tickets with the sources that {@link refsWithinTextLimit} selected. If there are no sources, none of the
 * tickets has one.
 */
export function matchSources<Ref extends TicketRef>(refs: readonly Ref[], sources: readonly Projected[]): Loaded<Ref> {
  const byKey = new Map(sources.map((source) => [keyOf(versionOf(source)), source]));
  const last = refs.findLastIndex((ref) => byKey.has(keyOf(ref)));
  return { refs: last < 0 ? refs : refs.slice(0, last + 1), sources: byKey };
}

/** Limits the search text of the rows in one call. */
export class TextMeter {
  readonly #projection: Pick<Projection, "search" | "maxText">;
  #text = 0;

  constructor(projection: Pick<Projection, "search" | "maxText">) {
    this.#projection = projection;
  }

  /**
   * Adds a row if it fits. The first row always fits.
   *
   * @returns whether the row fits
   */
  tryAdd(row: Projected): boolean {
    const text = textLengthOf(this.#projection, row);
    if (this.#text > 0 && this.#text + text > this.#projection.maxText) return false;
    this.#text += text;
    return true;
  }
}
