/** What somebody may do to the read model by hand. Nothing of `src` is used. */

/** One such deed, and what an audit must say of it. */
export interface Damage {
  readonly name: string;
  readonly kind: string;
  /** What is done; the ticket is one that is projected. */
  readonly statements: (ticketId: string, workspaceId: string) => string[];
  readonly detail: RegExp;
}

/** Where a row without a ticket goes: before all others, or after them. */
const NOBODY = ["00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"] as const;

/** A copy of a ticket's row, for a ticket that there is not. */
const orphan =
  (id: string) =>
  (ticketId: string): string[] => [
    `CREATE TABLE copied AS SELECT * FROM read_tickets WHERE id = '${ticketId}'`,
    `UPDATE copied SET id = '${id}', n = NULL`,
    "INSERT INTO read_tickets SELECT * FROM copied",
    "DROP TABLE copied",
  ];

const update = (set: string) => (id: string) => [`UPDATE read_tickets SET ${set} WHERE id = '${id}'`];

/** Finds the entry of a ticket: its last 22 bits are the row's. */
const isOf = (id: string) => `rowid & 4194303 = (SELECT n FROM read_tickets WHERE id = '${id}')`;

const MISCOUNTED = /^\d+ rows are counted where there are \d+$/;

/** Everything that an audit finds, but for what needs a command. */
export const DAMAGES: readonly Damage[] = [
  {
    name: "a row changed by hand",
    kind: "changed",
    statements: update("subject = 'forged', note_count = note_count + 7"),
    detail: /^subject, note_count$/,
  },
  {
    name: "a status changed by hand",
    kind: "changed",
    statements: update("status = iif(status = 'closed', 'open', 'closed')"),
    detail: /^status$/,
  },
  {
    name: "a row deleted",
    kind: "missing",
    statements: (id) => [`DELETE FROM read_tickets WHERE id = '${id}'`],
    detail: /^the ticket is at version \d+$/,
  },
  {
    name: "a row without a ticket, before all others",
    kind: "orphan",
    statements: orphan(NOBODY[0]),
    detail: /^the row is at version \d+$/,
  },
  {
    name: "a row without a ticket, after all others",
    kind: "orphan",
    statements: orphan(NOBODY[1]),
    detail: /^the row is at version \d+$/,
  },
  {
    name: "a row that is older than its ticket, which is not in the backlog",
    kind: "behind",
    statements: update("version = 0"),
    detail: /^the row is at version 0, the ticket at \d+$/,
  },
  {
    name: "a row that is ahead of its ticket",
    kind: "ahead",
    statements: update("version = 99, subject = 'forged'"),
    detail: /^the row is at version 99, the ticket at \d+$/,
  },
  {
    name: "a row of a projector that never was",
    kind: "unknown_projector",
    statements: update("projector = 77, subject = 'forged'"),
    detail: /^the row is of projector 77$/,
  },
  {
    name: "a row of an outdated projector",
    kind: "outdated",
    statements: update("projector = 0, has_note = 1 - has_note"),
    detail: /^the row is of projector 0$/,
  },
  {
    name: "all counters deleted",
    kind: "counter",
    statements: () => ["DELETE FROM read_tallies"],
    detail: MISCOUNTED,
  },
  {
    name: "a wrong counter",
    kind: "counter",
    statements: (_, workspace) => [
      `INSERT INTO read_tallies (workspace_id, cell, count) VALUES ('${workspace}', '["priority","normal","open",1,1]', 1000)
       ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1000`,
    ],
    detail: MISCOUNTED,
  },
  {
    name: "a counter of nothing",
    kind: "counter",
    statements: (_, workspace) => [
      `INSERT INTO read_tallies (workspace_id, cell, count) VALUES ('${workspace}', '["lost"]', 2)`,
    ],
    detail: /^2 rows are counted where there are 0$/,
  },
  {
    name: "a row without its entry in the search tables",
    kind: "search",
    statements: (id) => [
      `DELETE FROM read_by_updated WHERE ${isOf(id)}`,
      `DELETE FROM read_by_created WHERE ${isOf(id)}`,
    ],
    detail: /^read_by_updated, read_by_created$/,
  },
  {
    name: "an entry of the search tables that is not its row's",
    kind: "search",
    statements: (id) => [
      `CREATE TABLE place AS SELECT rowid AS n FROM read_by_created WHERE ${isOf(id)}`,
      `DELETE FROM read_by_created WHERE ${isOf(id)}`,
      "INSERT INTO read_by_created (rowid, facets, subject, messages, notes) SELECT n, 'default.all', 'forged', '', '' FROM place",
      "DROP TABLE place",
    ],
    detail: /^read_by_created$/,
  },
  {
    name: "an entry of the search tables without a row",
    kind: "search",
    statements: () => [
      "INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes) VALUES (4711, 'default.all', 'forged', '', '')",
    ],
    detail: /^read_by_waiting has 1 without a row$/,
  },
];

/** All read tables are emptied, as by somebody who means it. */
export const EMPTY_ALL = [
  "DELETE FROM read_tickets",
  "DELETE FROM read_tallies",
  "DELETE FROM read_state",
  "DELETE FROM read_revisions",
];
