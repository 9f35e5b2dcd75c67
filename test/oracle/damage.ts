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
    `UPDATE copied SET id = '${id}'`,
    "INSERT INTO read_tickets SELECT * FROM copied",
    "DROP TABLE copied",
  ];

const update = (set: string) => (id: string) => [`UPDATE read_tickets SET ${set} WHERE id = '${id}'`];

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
    name: "a wrong counter",
    kind: "counter",
    statements: (_, workspace) => [
      `INSERT INTO read_counts (workspace_id, field, value, count) VALUES ('${workspace}', 'status', 'open', 3)
       ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = count + 3`,
    ],
    detail: /^status open is counted as \d+, and is \d+$/,
  },
  {
    name: "all counters deleted",
    kind: "counter",
    statements: () => ["DELETE FROM read_counts"],
    detail: /^status \w+ is counted as 0, and is \d+$/,
  },
  {
    name: "a counter of nothing",
    kind: "counter",
    statements: (_, workspace) => [
      `INSERT INTO read_counts (workspace_id, field, value, count) VALUES ('${workspace}', 'status', 'lost', 2)`,
    ],
    detail: /^status lost is counted as 2, and is 0$/,
  },
];

/** All read tables are emptied, as by somebody who means it. */
export const EMPTY_ALL = [
  "DELETE FROM read_tickets",
  "DELETE FROM read_counts",
  "DELETE FROM read_state",
  "DELETE FROM read_revisions",
];
