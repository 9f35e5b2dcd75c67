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

/** A row as the read table has it. */
export interface StoredRow extends Projected {
  readonly projector: number;
  readonly [column: string]: unknown;
}

/** A part of source and read model, from one snapshot: both from the same place on, in the order of their keys. */
export interface Snapshot {
  readonly tickets: readonly SliceTicket[];
  /** What the projector needs of them, as far as it fits into the call. */
  readonly loaded: readonly Projected[];
  readonly rows: readonly StoredRow[];
  /** Rows that searches find wrongly. */
  readonly entries: readonly WrongEntry[];
  /** How many tickets it was asked for: fewer are all that there are. */
  readonly limit: number;
  /** Whether a row of an older projector is a fault: not while a rebuild is under way, or after it was cancelled. */
  readonly isRebuilt: boolean;
}

/** What the comparison has found. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** Rows as they ought to be, for the tickets that drift. */
  readonly rows: readonly Projected[];
  /** Tickets that the projector cannot take any more, though they have a row. */
  readonly unprojectable: readonly TicketRef[];
  /** Up to where it has compared; undefined where there was nothing. */
  readonly upTo: TicketRef | undefined;
  /** How many tickets. */
  readonly compared: number;
}

/**
 * Compares a part of the read model with what the projector gives for its source. What is in the backlog is merely late.
 * Pure, but for the projector, which may fail.
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
      // What is to be mended from here on belongs to the next slice.
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
    // A projection does not replace what is ahead of it, or of a later projector, and so would not mend that.
    const isLate = waiting === 1 && wrong?.[0] !== "ahead" && wrong?.[0] !== "unknown_projector";
    // What is parked may end the worker.
    if (isLate || parked === 1 || (wrong?.[0] === "outdated" && !isRebuilt)) return undefined;
    const projected = resultOf(() => projection.project(source));
    if (!projected) return waiting === 1 ? undefined : "unprojectable";
    const [kind, detail] = wrong ?? (row ? difference(columns, row, projected) : undefined) ?? [];
    return kind && { drift: { kind, workspace_id, ticket_id, detail: detail ?? "" }, row: projected };
  };
}

/** What is wrong with a row whatever it shows. */
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
    // Whoever projects it from the backlog logs it, and parks it.
    return undefined;
  }
}

/**
 * The last key that both parts have reached: what lies beyond it on one side may be on the other. Rows may always go on after the last
 * one that fitted into the call.
 *
 * @param hasMoreTickets whether there may be more tickets
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

/** In the database's order; ids and names of workspaces are ASCII, where bytes and code units agree. */
function isAfter(one: TicketRef, other: TicketRef): boolean {
  if (one.workspace_id !== other.workspace_id) return one.workspace_id > other.workspace_id;
  return one.ticket_id > other.ticket_id;
}
