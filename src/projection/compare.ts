import type { Drift, DriftKind } from "./drift.ts";
import { entryDrift, type WrongEntry } from "./entries.ts";
import type { SliceTicket } from "./jobs.ts";
import { contentColumns, keyOf, type Projected, type Projection, type TicketRef, versionOf } from "./projection.ts";

/** A row as the read table has it. */
export interface StoredRow extends Projected {
  readonly projector: number;
  readonly [column: string]: unknown;
}

/** A part of source and read model, from one snapshot: both from the same place on, in the order of their keys. */
export interface Snapshot {
  readonly tickets: readonly SliceTicket[];
  /** What the projector needs of them. */
  readonly sources: readonly Projected[];
  readonly rows: readonly StoredRow[];
  /** Rows that searches find wrongly. */
  readonly entries: readonly WrongEntry[];
  /** How many tickets, and how many rows, it was asked for: fewer are all that there are. */
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
  { tickets, sources, rows, entries, limit, isRebuilt }: Snapshot,
): Comparison {
  const upTo = endOf(tickets, rows, limit);
  if (!upTo) return { drift: [], rows: [], unprojectable: [], upTo, compared: 0 };
  const within = tickets.filter((ticket) => !isAfter(ticket, upTo));
  const byKey = new Map(sources.map((source) => [keyOf(versionOf(source)), source]));
  const stored = new Map(rows.map((row) => [keyOf(versionOf(row)), row]));
  const result = { drift: [] as Drift[], rows: [] as Projected[], unprojectable: [] as TicketRef[] };
  const check = checkWith(projection, isRebuilt);
  for (const ticket of within) {
    const source = byKey.get(keyOf(ticket));
    const found = source ? check(ticket, source, stored.get(keyOf(ticket))) : "unprojectable";
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
  return { ...result, upTo, compared: within.length };
}

type Finding = { readonly drift: Drift; readonly row: Projected } | "unprojectable" | undefined;

function checkWith(projection: Projection, isRebuilt: boolean) {
  const columns = contentColumns(projection);
  return ({ waiting, parked, ...ticket }: SliceTicket, source: Projected, row: StoredRow | undefined): Finding => {
    const { workspace_id, ticket_id } = ticket;
    const wrong = wrongness(ticket.version, row, projection.projector);
    // A projection does not replace what is ahead of it, or of a later projector, and so would not mend that.
    const isLate = waiting === 1 && wrong?.[0] !== "ahead" && wrong?.[0] !== "unknown_projector";
    // What is parked may end the worker.
    if (isLate || parked === 1 || (wrong?.[0] === "outdated" && !isRebuilt)) return undefined;
    const projected = attempt(() => projection.project(source));
    if (!projected) return waiting === 1 ? undefined : "unprojectable";
    const [kind, detail] = wrong ?? (row ? difference(columns, row, projected) : undefined) ?? [];
    return kind && { drift: { kind, workspace_id, ticket_id, detail: detail ?? "" }, row: projected };
  };
}

/** What is wrong with a row whatever it shows. */
function wrongness(
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

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    // Whoever projects it from the backlog logs it, and parks it.
    return undefined;
  }
}

/** The last key that both parts have reached: what lies beyond it on one side may be on the other. */
function endOf(tickets: readonly SliceTicket[], rows: readonly StoredRow[], limit: number): TicketRef | undefined {
  const lastTicket = tickets.at(-1);
  const lastRow = rows.at(-1);
  const last = [lastTicket, lastRow && versionOf(lastRow)].filter((ref) => ref !== undefined);
  const limits = [
    tickets.length === limit ? lastTicket : undefined,
    rows.length === limit && lastRow ? versionOf(lastRow) : undefined,
  ].filter((ref) => ref !== undefined);
  if (limits.length > 0) return limits.reduce((one, other) => (isAfter(one, other) ? other : one));
  return last.length > 0 ? last.reduce((one, other) => (isAfter(one, other) ? one : other)) : undefined;
}

/** In the database's order; ids and names of workspaces are ASCII, where bytes and code units agree. */
function isAfter(one: TicketRef, other: TicketRef): boolean {
  if (one.workspace_id !== other.workspace_id) return one.workspace_id > other.workspace_id;
  return one.ticket_id > other.ticket_id;
}
