import { getTableColumns } from "drizzle-orm";
import { announce } from "../announce.ts";
import { type Database, type Statement, statement, UniqueViolation } from "../db/database.ts";
import { type erasures, tickets } from "../db/source.ts";
import type { Deps } from "../deps.ts";
import { commandTime } from "./command-time.ts";
import { commit, lookAfter, looked, NOTHING_WATCHED } from "./commit.ts";
import { append, type Change, empty, ticketOf } from "./event-store.ts";
import { decide, evolve } from "./ticket.ts";

/** An erasure that is not done yet. */
export type Erasure = typeof erasures.$inferSelect;

/** What one transaction erases: so many tickets, or a few with so many events together, or one that has more. */
const SLICE = { tickets: 250, events: 2_000 };

/** How often a slice that somebody overtook is taken anew. */
const TRIES = 5;

/** A customer whose tickets are to be erased, and who asks for it. */
export interface ErasureRequest {
  readonly workspace_id: string;
  readonly customer_id: string;
  readonly agent_id: string | null;
}

/**
 * The statements that begin an erasure: of what is recorded by now, and not of what comes after. What names the customer, or may
 * name them, outside their tickets goes at once: refused lines of imports, which belong to no ticket, and messages that nobody
 * could read.
 */
export function begin({ workspace_id, customer_id, agent_id }: ErasureRequest, now: number): Statement[] {
  return [
    statement(
      `INSERT INTO erasures (workspace_id, customer_id, agent_id, up_to_seq, requested_at)
       SELECT ?1, ?2, ?3, seq, max(at, ?4) FROM db_clock WHERE true
       ON CONFLICT (workspace_id, customer_id) DO UPDATE SET up_to_seq = excluded.up_to_seq`,
      workspace_id,
      customer_id,
      agent_id,
      now,
    ),
    statement(
      `UPDATE idempotency_records SET answer = json_set(answer, '$.refused', (
         SELECT json_group_array(json_object('line', value -> 'line', 'external_id', NULL, 'errors', json('[]')))
         FROM json_each(answer, '$.refused')))
       WHERE workspace_id = ?1 AND answer ->> '$.refused[0]' IS NOT NULL`,
      workspace_id,
    ),
    statement(FORGET_LETTERS_OF_CUSTOMER, workspace_id, customer_id),
  ];
}

// What is no JSON, or only the beginning of some, is looked through as a text. A customer of another workspace may have the same id.
const FORGET_LETTERS_OF_CUSTOMER = `
UPDATE dead_letters SET body = '', reason = 'erased' WHERE CASE WHEN json_valid(body) THEN
    coalesce(iif(json_type(body) = 'object', body ->> 'workspace_id', NULL), ?1) = ?1
      AND EXISTS (SELECT 1 FROM json_tree(body) WHERE atom = ?2)
  ELSE instr(body, json_quote(?2)) > 0 END`;

const COUNT_ERASED = "UPDATE erasures SET erased = erased + ?3 WHERE workspace_id = ?1 AND customer_id = ?2";

const FORGET_LETTERS_OF_TICKETS = `
UPDATE dead_letters SET body = '', reason = 'erased'
WHERE EXISTS (SELECT 1 FROM json_each(?1) AS ticket WHERE instr(body, ticket.value) > 0)`;

/** The erasures of a database that are not done yet, the oldest first. */
export function open(): Statement<Erasure> {
  return statement<Erasure>("SELECT * FROM erasures ORDER BY requested_at LIMIT 20");
}

/** Ends an erasure, unless it was asked for again meanwhile: then it goes on. */
export function end({ workspace_id, customer_id, up_to_seq }: Erasure): Statement<{ up_to_seq: number }> {
  return statement<{ up_to_seq: number }>(
    "DELETE FROM erasures WHERE workspace_id = ?1 AND customer_id = ?2 AND up_to_seq = ?3 RETURNING up_to_seq",
    workspace_id,
    customer_id,
    up_to_seq,
  );
}

/** How many tickets are still to be erased. */
export function remaining({ workspace_id, customer_id, up_to_seq }: Erasure): Statement<{ tickets: number }> {
  return statement<{ tickets: number }>(
    `SELECT count(*) AS tickets FROM tickets AS ticket INDEXED BY tickets_customer WHERE ${TO_ERASE}`,
    workspace_id,
    customer_id,
    up_to_seq,
  );
}

const TO_ERASE = `workspace_id = ?1 AND customer_id = ?2 AND EXISTS (
  SELECT 1 FROM ticket_events AS created
  WHERE created.workspace_id = ticket.workspace_id AND created.ticket_id = ticket.id AND created.version = 1
    AND created.seq <= ?3)`;

const COLUMNS = Object.keys(getTableColumns(tickets)).join(", ");

function nextSlice({ workspace_id, customer_id, up_to_seq }: Erasure): Statement<typeof tickets.$inferSelect> {
  return statement<typeof tickets.$inferSelect>(
    `SELECT ${COLUMNS} FROM (
       SELECT *, sum(version) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS events_before
       FROM (SELECT * FROM tickets AS ticket INDEXED BY tickets_customer WHERE ${TO_ERASE} ORDER BY id LIMIT ?4))
     WHERE coalesce(events_before, 0) < ?5`,
    workspace_id,
    customer_id,
    up_to_seq,
    SLICE.tickets,
    SLICE.events,
  );
}

/**
 * Erases the next tickets of a customer, in two D1 calls: one reads them, one records an event for each and empties what it stands
 * for, all in one transaction. The event is the ticket's next version: a message or a projection that is late has an older one.
 *
 * @returns the tickets that it erased; none where there are none left
 */
export async function eraseSlice(deps: Deps, database: Database, erasure: Erasure): Promise<Change["ticket"][]> {
  const { workspace_id, agent_id } = erasure;
  for (let tries = 1; ; tries++) {
    const look = lookAfter(workspace_id, NOTHING_WATCHED);
    const [rows, looks] = await database.session("first-primary").batch(nextSlice(erasure), look);
    const now = deps.clock();
    const occurred_at = commandTime(now, looked(looks, null).seen);
    const changes = rows.flatMap((row): Change[] => {
      const ticket = ticketOf(row);
      const fact = decide(ticket, { type: "EraseTicket" });
      if (!fact) return [];
      const event = {
        ...{ workspace_id, ticket_id: ticket.id, version: ticket.version + 1, event_id: deps.newId(), agent_id, fact },
        occurred_at,
      };
      return [{ ticket: evolve(ticket, event), events: [event] }];
    });
    const events = changes.flatMap((change) => change.events);
    if (events.length === 0) return [];
    const ids = changes.map(({ ticket: { id } }) => id);
    const statements = [
      ...append(changes, now),
      ...empty(changes),
      statement(FORGET_LETTERS_OF_TICKETS, JSON.stringify(ids)),
      statement(COUNT_ERASED, workspace_id, erasure.customer_id, ids.length),
    ];
    try {
      await commit(deps, database, look, statements, events);
    } catch (error) {
      // A change of one of the tickets was faster.
      if (!(error instanceof UniqueViolation) || tries === TRIES) throw error;
      continue;
    }
    const erased = changes.map(({ ticket }) => ticket);
    deps.waitUntil(
      announce(
        deps,
        erased.map(({ id, version }) => ({ workspace_id, ticket_id: id, version })),
      ),
    );
    return erased;
  }
}
