import { describe, expect, it } from "vitest";
import { breachesOf, lossesOf } from "./breaches.ts";

/** Each with what no condition narrows to a workspace. */
const STATEMENTS: readonly (readonly [sql: string, breaches: readonly string[]])[] = [
  ["SELECT * FROM tickets WHERE workspace_id = ?1 AND id = ?2", []],
  ["SELECT * FROM tickets WHERE id = ?1", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id = ?1 OR id = ?2", ["select tickets"]],
  ["SELECT * FROM tickets WHERE (workspace_id = ?1 OR id = ?2) AND id > ?3", ["select tickets"]],
  ["SELECT * FROM tickets WHERE (id BETWEEN ?2 AND ?3) AND (version > 1 AND workspace_id = ?1)", []],
  ["SELECT * FROM tickets WHERE CASE WHEN id = ?1 AND workspace_id = ?2 THEN 1 END", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id > ?1", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id IS NOT ?1", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id NOT IN (?1)", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id = workspace_id", ["select tickets"]],
  ["SELECT * FROM tickets WHERE workspace_id = 'acme'", ["select tickets"]],
  ["SELECT * FROM tickets WHERE (id, workspace_id) = (?2, ?1)", []],
  ["SELECT * FROM tickets WHERE (workspace_id, id) > (?1, ?2)", ["select tickets"]],
  ["SELECT * FROM tickets WHERE (workspace_id, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))", []],
  ["SELECT * FROM tickets WHERE id IN (SELECT value FROM json_each(?1))", ["select tickets"]],
  ["SELECT * FROM tickets WHERE (workspace_id, id) IN (SELECT workspace_id, id FROM erasures)", ["select erasures"]],
  ["SELECT 1 /* WHERE workspace_id = ?1 */ FROM tickets -- AND workspace_id = ?1", ["select tickets"]],
  ["SELECT 'WHERE workspace_id = ?1' FROM tickets", ["select tickets"]],
  // Each table of a join needs it, or is tied to one that has it.
  ["SELECT * FROM tickets AS t, ticket_events AS e WHERE t.workspace_id = ?1 AND e.workspace_id = ?1", []],
  ["SELECT * FROM tickets t JOIN ticket_events e ON e.workspace_id = t.workspace_id WHERE t.workspace_id = ?1", []],
  [
    "SELECT * FROM tickets t JOIN ticket_events e ON e.ticket_id = t.id WHERE t.workspace_id = ?1",
    ["select ticket_events AS e"],
  ],
  ["SELECT * FROM tickets t JOIN ticket_events e ON e.workspace_id = t.workspace_id", ["select tickets AS t"]],
  ["SELECT * FROM tickets t LEFT JOIN erasures ON erasures.workspace_id = ?1 WHERE t.id = ?2", ["select tickets AS t"]],
  [
    "SELECT * FROM json_each(?2) AS id CROSS JOIN tickets AS ticket ON ticket.workspace_id = ?1 AND ticket.id = id.value",
    [],
  ],
  [
    "SELECT * FROM json_each(?2) AS id CROSS JOIN tickets AS ticket ON ticket.id = id.value",
    ["select tickets AS ticket"],
  ],
  // Subqueries and common table expressions are looked at one by one.
  ["SELECT (SELECT count(*) FROM tickets) FROM erasures WHERE workspace_id = ?1", ["select tickets"]],
  [
    "SELECT * FROM erasures WHERE workspace_id = ?1 AND EXISTS (SELECT 1 FROM tickets WHERE id = 1)",
    ["select tickets"],
  ],
  ["WITH t AS (SELECT * FROM tickets) SELECT * FROM t WHERE workspace_id = ?1", ["select tickets"]],
  ["WITH t AS (SELECT * FROM tickets WHERE workspace_id = ?1), u AS (SELECT 1) SELECT * FROM t, u", []],
  ["SELECT * FROM (SELECT * FROM tickets WHERE workspace_id = ?1 UNION ALL SELECT * FROM tickets)", ["select tickets"]],
  [
    "SELECT * FROM erasures e WHERE e.workspace_id = ?1 AND EXISTS (SELECT 1 FROM tickets t WHERE t.workspace_id = e.workspace_id)",
    [],
  ],
  // What changes rows.
  ["UPDATE tickets SET version = 1 WHERE id = ?1", ["update tickets"]],
  ["UPDATE tickets SET workspace_id = ?1", ["update tickets"]],
  [
    "UPDATE tickets AS t SET version = e.version FROM ticket_events AS e WHERE t.workspace_id = e.workspace_id AND e.workspace_id = ?1",
    [],
  ],
  ["DELETE FROM tickets", ["delete tickets"]],
  ["DELETE FROM tickets WHERE workspace_id = ?1 RETURNING id", []],
  [
    "INSERT INTO erasures SELECT * FROM tickets WHERE true ON CONFLICT (workspace_id, customer_id) DO NOTHING",
    ["select tickets"],
  ],
  [
    "INSERT INTO erasures (workspace_id, customer_id) VALUES (?1, ?2) ON CONFLICT (customer_id) DO UPDATE SET erased = 0",
    ["upsert erasures"],
  ],
  [
    "INSERT INTO erasures (workspace_id) VALUES (?1) ON CONFLICT (workspace_id) DO UPDATE SET erased = (SELECT count(*) FROM tickets)",
    ["select tickets"],
  ],
  // An entry belongs to the workspace of the row that it leads to.
  [
    "SELECT * FROM read_by_updated AS e CROSS JOIN read_tickets AS r ON r.n = (e.rowid & 4194303) WHERE r.workspace_id = ?1",
    [],
  ],
  [
    "SELECT * FROM read_by_updated AS e CROSS JOIN read_tickets AS r ON r.n = (e.rowid & 4194303)",
    ["select read_by_updated AS e"],
  ],
  ["SELECT rowid FROM read_by_updated WHERE read_by_updated MATCH ?1", ["select read_by_updated"]],
  // What the statement of a trigger is about is the row that changed.
  [
    "CREATE TRIGGER t AFTER INSERT ON tickets BEGIN DELETE FROM erasures WHERE workspace_id = new.workspace_id; DELETE FROM erasures; END",
    ["delete erasures"],
  ],
];

describe("the tables that a statement does not narrow to a workspace", () => {
  it.each(STATEMENTS)("%s", (sql, breaches) => {
    expect(breachesOf(sql)).toEqual(breaches);
  });

  it("are those whose condition is lost", () => {
    const sql =
      "SELECT 1 FROM tickets t, erasures e WHERE t.workspace_id = ?1 AND e.workspace_id = t.workspace_id AND t.id = ?2";
    expect(lossesOf(sql).map(breachesOf)).toEqual([["select tickets AS t"], ["select erasures AS e"]]);
  });
});
