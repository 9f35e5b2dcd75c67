import { breachesOf } from "./breaches.ts";

/** A statement that reads or changes rows of all workspaces, and may. */
interface WholeDatabase {
  /** Words of this statement, with single blanks; of several entries that fit, the first is meant. */
  readonly phrase: string;
  /** What it does not narrow to a workspace, each once: `select tickets`. */
  readonly everywhere: readonly string[];
  readonly why: string;
}

/**
 * All statements that need no condition on the workspace. Any other statement that lacks one fails the test that sends it, and so does
 * one of these that lacks one more.
 */
export const WHOLE_DATABASE: readonly WholeDatabase[] = [
  {
    phrase: "digest FROM api_keys WHERE id = ?1",
    everywhere: ["select api_keys"],
    why: "A caller's key is what tells the workspace. Its secret is compared afterwards.",
  },
  {
    phrase: "revoked_at FROM api_keys ORDER BY id DESC LIMIT ?",
    everywhere: ["select api_keys"],
    why: "The root key lists the keys of all workspaces.",
  },
  {
    phrase: "revoked_at FROM api_keys WHERE id < ? ORDER BY id DESC LIMIT ?",
    everywhere: ["select api_keys"],
    why: "The root key lists the keys of all workspaces: the next page.",
  },
  {
    phrase: "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?1) WHERE id = ?2 RETURNING",
    everywhere: ["update api_keys"],
    why: "The root key revokes any key.",
  },
  {
    phrase: "CROSS JOIN ticket_events AS event ON event.seq = chosen.seq",
    everywhere: ["select ticket_events AS event"],
    why: "The events are chosen within the workspace; `seq` is the key of one event of the whole database.",
  },
  {
    phrase: "AS rebuilding, state.revision",
    everywhere: ["select read_tickets AS row"],
    why: "Whether a rebuild has left rows of an older projector is a fact of the whole database.",
  },
  {
    phrase: "SELECT count(*) AS erasures FROM erasures WHERE (due_at <=",
    everywhere: ["select erasures"],
    why: "The cron goes on with the erasures of all workspaces.",
  },
  {
    phrase: "SELECT workspace_id, customer_id FROM erasures WHERE (due_at <=",
    everywhere: ["select erasures"],
    why: "The cron claims the next erasure of any workspace.",
  },
  {
    phrase: "SELECT workspace_id, count(*) AS erasures, min(requested_at) AS requested_at FROM erasures",
    everywhere: ["select erasures"],
    why: "The log names each workspace with an erasure that is late.",
  },
  {
    phrase: "FILTER (WHERE attempts > 1) AS failing, min(requested_at) AS oldest FROM erasures",
    everywhere: ["select erasures"],
    why: "The operator sees how many erasures of all workspaces are open.",
  },
  {
    phrase:
      "UPDATE dead_letters SET body = '', reason = 'erased' WHERE body <> '' AND (workspace_id = ?1 OR workspace_id IS NULL AND",
    everywhere: ["update dead_letters"],
    why: "Letters of the workspace, and those whose workspace cannot be read, which may be anybody's: test/erasure/elsewhere.test.ts.",
  },
  {
    phrase: "INSERT INTO dead_letters (queue, message_id, body, reason, kept_at, workspace_id)",
    everywhere: ["upsert dead_letters"],
    why: "A message is kept once, by its queue and id, whichever workspace it names.",
  },
  {
    phrase: "SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?1",
    everywhere: ["select dead_letters"],
    why: "An operator lists the dead letters of all workspaces.",
  },
  {
    phrase: "SELECT count(*) AS total FROM dead_letters",
    everywhere: ["select dead_letters"],
    why: "An operator is told how many dead letters there are.",
  },
  {
    phrase: "SELECT workspace_id, key FROM idempotency_records WHERE created_at <",
    everywhere: ["select idempotency_records"],
    why: "The cron purges old records of all workspaces.",
  },
  {
    phrase: "SET sweeps = sweeps + 1, due_at =",
    everywhere: ["select projection_backlog"],
    why: "The sweep takes the overdue tickets of all workspaces.",
  },
  {
    phrase: "FROM projection_backlog WHERE (due_at <= ?1 OR due_at > ?1 + ?2) AND (parked_at IS NULL AND sweeps >= ?5",
    everywhere: ["select projection_backlog"],
    why: "The sweep takes the next suspect of any workspace.",
  },
  {
    phrase: "SET parked_at = NULL, attempts = 0, sweeps = 0, due_at = ?1 WHERE parked_at IS NOT NULL",
    everywhere: ["update projection_backlog"],
    why: "An operator retries the parked tickets of all workspaces.",
  },
  {
    phrase: "error, first_recorded_at FROM projection_backlog WHERE parked_at IS NOT NULL ORDER BY parked_at LIMIT ?1",
    everywhere: ["select projection_backlog"],
    why: "An operator lists the parked tickets of all workspaces.",
  },
  {
    phrase: "SELECT count(*) AS total FROM projection_backlog WHERE parked_at IS NOT NULL",
    everywhere: ["select projection_backlog"],
    why: "An operator is told how many tickets are parked.",
  },
  {
    phrase: "INDEXED BY projection_backlog_parked WHERE parked_at IS NOT NULL AND ticket_id = ?1",
    everywhere: ["select projection_backlog"],
    why: "An operator retries a parked ticket of any workspace by its id.",
  },
  {
    phrase: "(SELECT count(*) FROM dead_letters) AS dead_letters FROM projection_backlog",
    everywhere: ["select dead_letters", "select projection_backlog"],
    why: "The figures of the projection are about the whole database.",
  },
  {
    phrase: "END AS lacks_rows FROM db_clock",
    everywhere: ["select projection_backlog", "select projection_backlog AS behind"],
    why: "Whether rows are missing is a fact of the whole database.",
  },
  {
    phrase: "INSERT INTO read_state (id, complete) SELECT 1, (SELECT count(*) FROM read_tickets) +",
    everywhere: ["select projection_backlog AS behind", "select read_tickets", "select tickets"],
    why: "Whether every ticket has its row is a fact of the whole database.",
  },
  {
    phrase: "UPDATE db_clock SET tickets = (SELECT count(*) FROM tickets), read_rows =",
    everywhere: ["select read_tallies", "select tickets"],
    why: "The recount is about the whole database.",
  },
  {
    phrase: "SELECT coalesce(cells.workspace_id, truth.workspace_id) AS workspace_id",
    everywhere: ["select read_tickets"],
    why: "An audit and a recount compare the counters of all workspaces, each with its own rows.",
  },
  {
    phrase: "DELETE FROM read_tallies WHERE count = 0",
    everywhere: ["delete read_tallies"],
    why: "A recount drops the empty counters of all workspaces.",
  },
  {
    phrase: "FROM tickets AS ticket LEFT JOIN projection_backlog AS behind",
    everywhere: ["select tickets AS ticket"],
    why: "A walk goes through the tickets of all workspaces, in the order of their keys.",
  },
  {
    phrase: "FROM (SELECT workspace_id, id AS ticket_id FROM tickets WHERE (workspace_id, id) > (?1, ?2)",
    everywhere: ["select tickets"],
    why: "A walk goes through the tickets of all workspaces, in the order of their keys.",
  },
  {
    phrase: "SELECT * FROM (SELECT row.workspace_id, row.id AS ticket_id, '' || iif(",
    everywhere: ["select read_tickets"],
    why: "An audit goes through the rows of all workspaces, and looks for the entries of each.",
  },
  {
    phrase: "AS text FROM read_tickets WHERE (workspace_id, id) > (?1, ?2) ORDER BY workspace_id, id LIMIT ?3",
    everywhere: ["select read_tickets"],
    why: "An audit goes through the rows of all workspaces, in the order of their keys.",
  },
  {
    phrase: "SELECT name, count FROM (SELECT 'read_by_updated' AS name",
    everywhere: ["read_by_created", "read_by_updated", "read_by_waiting"].map((table) => `select ${table} AS entry`),
    why: "An audit counts entries that lead to no row, and so belong to no workspace.",
  },
  ...["read_by_updated", "read_by_created", "read_by_waiting"].map((table) => ({
    phrase: `DELETE FROM ${table} WHERE rowid IN (SELECT entry.rowid FROM ${table} AS entry WHERE NOT EXISTS`,
    everywhere: [`select ${table} AS entry`],
    why: "An audit removes entries that lead to no row, and so belong to no workspace.",
  })),
  {
    phrase: "FROM read_tickets AS outdated WHERE projector < ?1",
    everywhere: ["select read_tickets AS outdated"],
    why: "After a rebuild, rows of an older projector go to the backlog in whichever workspace they are.",
  },
  {
    phrase: "UPDATE projection_drift SET healed_at = ?1 WHERE healed_at IS NULL",
    everywhere: ["update projection_drift"],
    why: "What audits have found is the operator's, of all workspaces.",
  },
  {
    phrase: "SELECT count(*) FROM projection_drift AS open WHERE open.kind = counts.kind",
    everywhere: ["select projection_drift AS open"],
    why: "What audits have found is the operator's, of all workspaces.",
  },
  {
    phrase: "SELECT * FROM projection_drift ORDER BY id DESC LIMIT ?1",
    everywhere: ["select projection_drift"],
    why: "What audits have found is the operator's, of all workspaces.",
  },
  {
    phrase: "DELETE FROM projection_drift WHERE healed_at IS NOT NULL AND id <=",
    everywhere: ["delete projection_drift", "select projection_drift"],
    why: "What audits have found is the operator's, of all workspaces: the oldest of it goes.",
  },
];

/** What a statement lacks; undefined if it is narrowed to a workspace, or needs not be. */
export function lacking(sql: string): string | undefined {
  const found = [...new Set(breachesOf(sql))].toSorted();
  if (found.length === 0) return undefined;
  const isAllowed = wholeDatabaseOf(sql)?.everywhere.join() === found.join();
  return isAllowed ? undefined : `${found.join(", ")} of all workspaces: ${plain(sql)}`;
}

/** The entry of a statement in {@link WHOLE_DATABASE}. */
export function wholeDatabaseOf(sql: string): WholeDatabase | undefined {
  const text = plain(sql);
  return WHOLE_DATABASE.find(({ phrase }) => text.includes(phrase));
}

function plain(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim();
}
