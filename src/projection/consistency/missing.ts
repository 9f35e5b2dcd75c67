import { type Statement, statement } from "../../platform/database.ts";
import type { TicketRef } from "../core/projection.ts";

/** The changes that the rows must include. */
export interface Goal {
  readonly versions: Map<string, number>;
  seq: number | null;
}

/** A ticket whose row lacks an expected change. */
export interface Missing {
  readonly ticket_id: string;
  /** The expected version; 0 if the ticket was found by its event's number. */
  readonly version: number;
  readonly parked: 0 | 1;
}

/** Whether no change is expected. Most reads need no search for missing changes. */
export function isEmpty({ versions, seq }: Goal): boolean {
  return versions.size === 0 && seq === null;
}

/**
 * Selects the expected changes that the rows lack.
 *
 * @param limit maximum number of tickets found by event number. If no round can project them, one is enough.
 */
export function missingTickets(
  table: string,
  workspaceId: string,
  { versions, seq }: Goal,
  limit: number,
): Statement<Missing> {
  const byVersion = `
SELECT expected.key AS ticket_id, expected.value AS version, behind.parked_at IS NOT NULL AS parked
FROM json_each(?2) AS expected
LEFT JOIN ${table} AS row ON row.workspace_id = ?1 AND row.id = expected.key
LEFT JOIN projection_backlog AS behind ON behind.workspace_id = ?1 AND behind.ticket_id = expected.key
WHERE coalesce(row.version, 0) < expected.value`;
  const expected = JSON.stringify(Object.fromEntries(versions));
  if (seq === null) return statement<Missing>(byVersion, workspaceId, expected);
  return statement<Missing>(
    `${byVersion}
UNION ALL SELECT * FROM (SELECT ticket_id, 0, 0 FROM projection_backlog
  WHERE workspace_id = ?1 AND first_seq <= ?3 AND parked_at IS NULL ORDER BY first_seq LIMIT ?4)
UNION ALL SELECT * FROM (SELECT ticket_id, 0, 1 FROM projection_backlog INDEXED BY projection_backlog_parked
  WHERE workspace_id = ?1 AND first_seq <= ?3 AND parked_at IS NOT NULL ORDER BY first_seq LIMIT ?4)`,
    workspaceId,
    expected,
    seq,
    limit,
  );
}

/** The expected tickets as JSON, for {@link sourceVersions} and {@link behind}. */
export function expectedJson(workspaceId: string, pending: readonly Missing[]): string {
  return JSON.stringify(pending.map(({ ticket_id, version }) => ({ workspace_id: workspaceId, ticket_id, version })));
}

/** Reads the tickets' current versions from the source. */
export function sourceVersions(expected: string): Statement<{ ticket_id: string; version: number }> {
  return statement<{ ticket_id: string; version: number }>(
    `SELECT ticket.id AS ticket_id, ticket.version FROM json_each(?1) AS ref CROSS JOIN tickets AS ticket
       ON ticket.workspace_id = ref.value ->> 'workspace_id' AND ticket.id = ref.value ->> 'ticket_id'`,
    expected,
  );
}

/**
 * Selects tickets whose rows are behind their source, or that were found by event number. Skips parked tickets, which
 * may end the worker: a replica may not show yet that a ticket is parked.
 */
export function behind(table: string, expected: string, limit: number): Statement<TicketRef> {
  return statement<TicketRef>(
    `SELECT ticket.workspace_id, ticket.id AS ticket_id FROM json_each(?1) AS ref CROSS JOIN tickets AS ticket
       ON ticket.workspace_id = ref.value ->> 'workspace_id' AND ticket.id = ref.value ->> 'ticket_id'
     WHERE (ref.value ->> 'version' = 0 OR ticket.version > coalesce((
         SELECT row.version FROM ${table} AS row WHERE row.workspace_id = ticket.workspace_id AND row.id = ticket.id), 0))
       AND NOT EXISTS (SELECT 1 FROM projection_backlog AS parked WHERE parked.workspace_id = ticket.workspace_id
         AND parked.ticket_id = ticket.id AND parked.parked_at IS NOT NULL) LIMIT ?2`,
    expected,
    limit,
  );
}

/**
 * Drops expectations that cannot be met: an unknown ticket, or a version above the source's.
 *
 * @returns whether other changes are missing
 */
export function dropImpossible(
  { versions }: Goal,
  pending: readonly Missing[],
  sources: readonly { readonly ticket_id: string; readonly version: number }[],
): boolean {
  const known = new Map(sources.map(({ ticket_id, version }) => [ticket_id, version]));
  const impossible = pending.filter(({ ticket_id, version }) => version > (known.get(ticket_id) ?? 0));
  for (const { ticket_id } of impossible) versions.delete(ticket_id);
  return impossible.length < pending.length;
}
