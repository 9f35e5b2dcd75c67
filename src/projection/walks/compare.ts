import type { SliceTicket } from "../core/jobs.ts";
import {
  contentColumns,
  keyOf,
  type Projected,
  type Projection,
  type TicketRef,
  versionOf,
} from "../core/projection.ts";
import { matchSources, TextMeter } from "../core/text-limit.ts";
import type { Drift, DriftKind } from "./drift.ts";
import { entryDrift, type WrongEntry } from "./search-entries.ts";

/** A row of the read table. */
export interface StoredRow extends Projected {
  readonly projector: number;
  readonly [column: string]: unknown;
}

/** Source and rows from the same position on, in key order, in one snapshot. */
export interface Snapshot {
  readonly tickets: readonly SliceTicket[];
  /** Sources of the tickets, as many as fit in the call. */
  readonly loaded: readonly Projected[];
  readonly rows: readonly StoredRow[];
  /** Rows with wrong search entries. */
  readonly entries: readonly WrongEntry[];
  /** The requested number of tickets. Fewer tickets mean the end of the table. */
  readonly limit: number;
  /** Whether a row of an older projector is drift. False during a rebuild, and after a cancelled one. */
  readonly isRebuilt: boolean;
}

/** Result of a comparison. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** Correct rows of the tickets that drift. */
  readonly rows: readonly Projected[];
  /** Tickets with a row that the projector now fails on. */
  readonly unprojectable: readonly TicketRef[];
  /** The last compared ticket; undefined if there is none. */
  readonly upTo: TicketRef | undefined;
  /** Number of compared tickets. */
  readonly compared: number;
}

/**
 * Compares rows with the projector's result for their source. A ticket in the backlog is late, not drift. Pure,
 * except that the projector may fail.
 */
export function compare(
  projection: Projection,
  { tickets, loaded, rows, entries, limit, isRebuilt }: Snapshot,
): Comparison {
  const { refs, sources } = matchSources(tickets, loaded);
  const end = endOf(refs, rows, refs.length < tickets.length || tickets.length === limit);
  if (!end) return { drift: [], rows: [], unprojectable: [], upTo: end, compared: 0 };
  const stored = new Map(rows.map((row) => [keyOf(versionOf(row)), row]));
  const check = checkWith(projection, isRebuilt);
  const meter = new TextMeter(projection);
  const result = { drift: [] as Drift[], rows: [] as Projected[], unprojectable: [] as TicketRef[] };
  let [upTo, compared] = [end, 0];
  for (const ticket of refs) {
    if (isAfter(ticket, end)) break;
    const source = sources.get(keyOf(ticket));
    const found = source ? check(ticket, source, stored.get(keyOf(ticket))) : "unprojectable";
    if (found && found !== "unprojectable" && !meter.tryAdd(found.row)) {
      // The rest of the repairs belongs to the next slice.
      upTo = refs[compared - 1] ?? end;
      break;
    }
    compared++;
    if (found === "unprojectable") result.unprojectable.push(ticket);
    else if (found) {
      result.drift.push(found.drift);
      result.rows.push(found.row);
    }
  }
  const known = new Set(tickets.map(keyOf));
  for (const row of rows) {
    const { version, ...ref } = versionOf(row);
    if (isAfter(ref, upTo) || known.has(keyOf(ref))) continue;
    result.drift.push({ kind: "orphan", ...ref, detail: `the row is at version ${version}` });
  }
  result.drift.push(...entries.filter((entry) => !isAfter(entry, upTo)).map(entryDrift));
  return { ...result, upTo, compared };
}

type Finding = { readonly drift: Drift; readonly row: Projected } | "unprojectable" | undefined;

function checkWith(projection: Projection, isRebuilt: boolean) {
  const columns = contentColumns(projection);
  return ({ waiting, parked, ...ticket }: SliceTicket, source: Projected, row: StoredRow | undefined): Finding => {
    const { workspace_id, ticket_id } = ticket;
    const wrong = rowFault(ticket.version, row, projection.projector);
    // A later projection would not replace a row that is ahead or of an unknown projector, so waiting does not help.
    const isLate = waiting === 1 && wrong?.[0] !== "ahead" && wrong?.[0] !== "unknown_projector";
    // A parked ticket may end the worker.
    if (isLate || parked === 1 || (wrong?.[0] === "outdated" && !isRebuilt)) return undefined;
    const projected = resultOf(() => projection.project(source));
    if (!projected) return waiting === 1 ? undefined : "unprojectable";
    const [kind, detail] = wrong ?? (row ? difference(columns, row, projected) : undefined) ?? [];
    return kind && { drift: { kind, workspace_id, ticket_id, detail: detail ?? "" }, row: projected };
  };
}

/** Finds drift that does not depend on the row's content. */
function rowFault(
  version: number,
  row: StoredRow | undefined,
  projector: number,
): [kind: DriftKind, detail: string] | undefined {
  if (!row) return ["missing", `the ticket is at version ${version}`];
  const versions = `the row is at version ${row.version}, the ticket at ${version}`;
  if (row.projector > projector) return ["unknown_projector", `the row is of projector ${row.projector}`];
  if (row.version > version) return ["ahead", versions];
  if (row.version < version) return ["behind", versions];
  if (row.projector < projector) return ["outdated", `the row is of projector ${row.projector}`];
  return undefined;
}

function difference(
  columns: readonly string[],
  row: StoredRow,
  projected: Projected,
): [kind: DriftKind, detail: string] | undefined {
  const expected = new Map(Object.entries(projected));
  const wrong = columns.filter((column) => (expected.get(column) ?? null) !== (row[column] ?? null));
  return wrong.length > 0 ? ["changed", wrong.join(", ")] : undefined;
}

function resultOf<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    // The projection from the backlog logs and parks the ticket.
    return undefined;
  }
}

/**
 * The last key that both parts cover. A key beyond it on one side may still exist on the other. More rows may follow
 * the last one that fit in the call.
 *
 * @param hasMoreTickets whether more tickets may follow
 */
function endOf(
  tickets: readonly SliceTicket[],
  rows: readonly StoredRow[],
  hasMoreTickets: boolean,
): TicketRef | undefined {
  const lastTicket = tickets.at(-1);
  const lastRow = rows.at(-1);
  if (!lastRow) return lastTicket;
  const end = versionOf(lastRow);
  return hasMoreTickets && lastTicket && isAfter(end, lastTicket) ? lastTicket : end;
}

/** Compares keys in the database's order. Ids and workspace names are ASCII, where bytes and code units agree. */
function isAfter(one: TicketRef, other: TicketRef): boolean {
  if (one.workspace_id !== other.workspace_id) return one.workspace_id > other.workspace_id;
  return one.ticket_id > other.ticket_id;
}
