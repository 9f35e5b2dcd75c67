/** A change of the source that breaks a promise. */
export interface PlantedBug {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
}

/**
 * Known-bad versions of the service, as edits of its source: the simulation must find each of them. Each text that is
 * replaced stands exactly once in its file, so that a bug that no longer fits is noticed.
 */
export const BUGS: readonly PlantedBug[] = [
  {
    name: "rows have no version guard",
    edits: [
      {
        file: "src/projection/core/projection.ts",
        find: "WHERE excluded.version > ${name}.version OR",
        replace: "WHERE true OR excluded.version > ${name}.version OR",
      },
    ],
  },
  {
    name: "the backlog is cleared before the rows are written, in two calls",
    edits: [
      {
        file: "src/projection/core/project.ts",
        find: '    const writes = projectionWrites(deps, refs, rows, "queue");',
        replace:
          '    const [row, , clearing, ...more] = projectionWrites(deps, refs, rows, "queue");\n    await session.batch(clearing);\n    const writes = [row, ...more];',
      },
    ],
  },
  {
    name: "the backlog row is written outside the command's batch",
    edits: [
      {
        file: "src/commands/commit.ts",
        find: "const [snapshots] = await session.readAfter(statements, snapshot);",
        replace:
          "const [snapshots] = await session.readAfter(statements.slice(0, -1), snapshot);\n      await session.batch(...statements.slice(-1));",
      },
    ],
  },
  {
    name: "messages are acknowledged before the rows are written",
    edits: [
      {
        file: "src/projection/delivery/consumer.ts",
        find: "  const { failures, overdue } = await projectBatch(",
        replace:
          "  for (const { messages } of entries) for (const message of messages) message.ack();\n  const { failures, overdue } = await projectBatch(",
      },
    ],
  },
  {
    name: "what was sent to the queue is trusted to be projected",
    edits: [
      {
        file: "src/commands/transact.ts",
        find: "  if (messages.length > 0) deps.waitUntil(announce(deps, messages));",
        replace: `  if (messages.length > 0) deps.waitUntil((async () => {
    if (await announce(deps, messages)) {
      const sql = "DELETE FROM projection_backlog WHERE ticket_id IN (SELECT value ->> 'ticket_id' FROM json_each(?1))";
      await database.session("first-primary").batch({ sql, params: [JSON.stringify(messages)] });
    }
  })().catch(() => {}));`,
      },
    ],
  },
  {
    name: "a later change overwrites the backlog's oldest one",
    edits: [
      {
        file: "src/commands/event-store.ts",
        find: "version = excluded.version, due_at",
        replace:
          "version = excluded.version, first_seq = excluded.first_seq, first_recorded_at = excluded.first_recorded_at, due_at",
      },
    ],
  },
  {
    name: "as_of is inclusive",
    edits: [
      {
        file: "src/queries/read-model/list.ts",
        find: "as_of: instant(shown.as_of)",
        replace: "as_of: instant(shown.as_of + 1)",
      },
    ],
  },
  {
    name: "as_of comes from a worker's clock where the backlog is empty",
    edits: [
      {
        file: "src/projection/consistency/freshness.ts",
        find: "SELECT coalesce(state.oldest, max(at - at % ${IDLE_STEP_MS}, min(at, coalesce(state.revision, 0)))) AS as_of",
        replace: "SELECT state.oldest AS as_of",
      },
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "as_of: freshness.as_of }",
        replace: "as_of: freshness.as_of ?? deps.clock() }",
      },
    ],
  },
  {
    name: "recorded_at comes from a worker's clock",
    edits: [
      {
        file: "src/commands/event-store.ts",
        find: "(SELECT at FROM db_clock), coalesce(value ->> 'body'",
        replace: "value ->> 'occurred_at', coalesce(value ->> 'body'",
      },
    ],
  },
  {
    name: "a command that changed nothing prunes the token",
    edits: [
      {
        file: "src/http/headers/consistency-token.ts",
        find: "versions: wrote ? new Map",
        replace: "versions: wrote || true ? new Map",
      },
    ],
  },
  {
    name: "the idempotency record is written outside the command's batch",
    edits: [
      {
        file: "src/commands/transact.ts",
        find: "{ workspace_id, now, changes, before, readerToken });\n",
        replace:
          '{ workspace_id, now, changes, readerToken });\n  if (before.length > 0) await database.session("first-primary").batch(...before);\n',
      },
    ],
  },
  {
    name: "idempotency records are purged too early",
    edits: [
      {
        file: "src/platform/idempotency.ts",
        find: "const KEPT_MS = 24 * 60 * 60 * 1000;",
        replace: "const KEPT_MS = 1000;",
      },
    ],
  },
  {
    name: "a parked ticket's row is removed from the backlog",
    edits: [
      {
        file: "src/projection/delivery/parking.ts",
        find: "  const parked = entry !== undefined && entry.parked_at !== null;",
        replace:
          '  const parked = entry !== undefined && entry.parked_at !== null;\n  if (parked) await database.session("first-primary").batch(statement("DELETE FROM projection_backlog WHERE ticket_id = ?1", ticket_id));',
      },
    ],
  },
  {
    name: "after an ambiguous error the command is decided anew",
    edits: [
      {
        file: "src/commands/commit.ts",
        find: "PAUSES_MS[kind]?.[tries]",
        replace: "([] as number[])[tries]",
      },
      {
        file: "src/commands/transact.ts",
        find: "if (!(error instanceof UniqueViolation)) throw error;",
        replace: 'if (!(error instanceof UniqueViolation) && !String(error).includes("lost")) throw error;',
      },
    ],
  },
  {
    name: "the calls of passes have no deadline",
    edits: [
      {
        file: "src/platform/deadline.ts",
        find: "    const work = call();",
        replace: "    if (!this.#patience.mayOvertake) return await call();\n    const work = call();",
      },
    ],
  },
  {
    name: "a request's calls have deadlines, but the request has none",
    edits: [
      {
        file: "src/platform/deadline.ts",
        find: "return this.#patience.total - (this.#surroundings.now() - this.#begun);",
        replace: "return this.#patience.total;",
      },
    ],
  },
  {
    name: "a list from another copy forgets what its reader has seen",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "if (pending.length > 0 || !isRecent || (seq !== null && read.newestSeq < seq)) throw error;",
        replace: "if (pending.length < 0 || (!isRecent && seq === -1)) throw error;",
      },
    ],
  },
  {
    name: "a list's token has the bookmark that it was asked with",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "bookmark: laterBookmark(bookmark, read.token.bookmark)",
        replace: "bookmark: token.bookmark",
      },
    ],
  },
  {
    name: "merged tokens keep the lower version",
    edits: [
      {
        file: "src/projection/consistency/token.ts",
        find: "versions.set(id, Math.max(version, versions.get(id) ?? 0))",
        replace: "versions.set(id, Math.min(version, versions.get(id) ?? version))",
      },
    ],
  },
  {
    name: "`latest` stops one event short",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "goal.seq = Math.min(goal.seq, snapshot.read.newestSeq);",
        replace:
          "goal.seq = Math.min(goal.seq, snapshot.read.newestSeq);\n  if (goal.seq !== null) snapshot = { ...snapshot, pending: snapshot.pending.slice(1) };",
      },
    ],
  },
  {
    name: "an attempt is counted after it is made",
    edits: [
      {
        file: "src/projection/delivery/parking.ts",
        find: "SET attempts = attempts + 1, ${nextTurn(",
        replace: "SET ${nextTurn(",
      },
    ],
  },
  {
    name: "a batch that fails is not bisected",
    edits: [
      {
        file: "src/projection/core/project.ts",
        find: "const isDivided = part.length > 1 &&",
        replace: "const isDivided = part.length > 1_000 &&",
      },
    ],
  },
  {
    name: "the backlog is cleared whatever version was projected",
    edits: [
      {
        file: "src/projection/core/backlog.ts",
        find: "  WHERE behind.version <= projected.value ->> 'version')`;",
        replace: "  WHERE true)`;",
      },
    ],
  },
  {
    name: "a list does not name what is parked",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "stale: [...new Set(parked.map(({ ticket_id }) => ticket_id))],",
        replace: "stale: [],",
      },
    ],
  },
  {
    name: "a list that is behind answers with its first page",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "      snapshot = await catchUp(round, snapshot);",
        replace: "      snapshot = { ...(await catchUp(round, snapshot)), read: snapshot.read };",
      },
    ],
  },
  {
    name: "a rebuild is called complete without a look at the rows",
    edits: [
      {
        file: "src/projection/walks/completeness.ts",
        find: "(SELECT count(*) FROM ${name}) + ${waitingForFirstRow(name)} >= (SELECT count(*) FROM tickets)",
        replace: "1",
      },
    ],
  },
  {
    name: "an entry of the backlog from before its row was lost counts as a row",
    edits: [
      {
        file: "src/projection/walks/completeness.ts",
        find: "WHERE (event.seq IS NULL OR behind.first_seq <= event.seq) AND NOT EXISTS (",
        replace: "WHERE NOT EXISTS (",
      },
    ],
  },
  {
    name: "lists are answered while rows are missing",
    edits: [
      {
        file: "src/projection/consistency/freshness.ts",
        find: 'const IS_INCOMPLETE = "complete = 0";',
        replace: 'const IS_INCOMPLETE = "false";',
      },
    ],
  },
  {
    name: "a list by a new column trusts that the rebuild has said it is finished",
    edits: [
      {
        file: "src/projection/consistency/freshness.ts",
        find: "EXISTS (SELECT 1 FROM ${name} AS row WHERE row.projector = ${projector} AND NOT EXISTS (",
        replace:
          "EXISTS (SELECT 1 FROM projection_jobs WHERE name = 'rebuild' AND (projector < ${needed} OR state = 'running')) AND EXISTS (SELECT 1 FROM ${name} AS row WHERE NOT EXISTS (",
      },
    ],
  },
  {
    name: "of two projectors the newer one wins, whatever the versions",
    edits: [
      {
        file: "src/projection/core/projection.ts",
        find: "WHERE excluded.version > ${name}.version OR",
        replace: "WHERE excluded.projector > ${name}.projector OR excluded.version > ${name}.version OR",
      },
    ],
  },
  {
    name: "nobody tells the job that a new projector writes rows",
    edits: [
      {
        file: "src/projection/core/writes.ts",
        find: '    startJob(deps, { name: "rebuild", pace: "queue", when: `projector < ${projection.projector}`, isDue: true }),\n',
        replace: "",
      },
    ],
  },
  {
    name: "an older deployment audits what a newer one has written",
    edits: [
      {
        file: "src/projection/walks/audit.ts",
        find: ' && rebuild.state !== "running" && rebuild.projector === projector;',
        replace: ' && rebuild.state !== "running" && projector > 0;',
      },
      {
        file: "src/projection/core/jobs.ts",
        find: "AND state = 'running' AND projector = ?4 RETURNING *`",
        replace: "AND state = 'running' AND ?4 > 0 RETURNING *`",
      },
    ],
  },
  {
    name: "an audit takes what is late for drift",
    edits: [
      {
        file: "src/projection/walks/compare.ts",
        find: "    const isLate = waiting === 1 &&",
        replace: "    const isLate = waiting === 2 &&",
      },
    ],
  },
  {
    name: "an audit reads source and rows one after the other",
    edits: [
      {
        file: "src/projection/walks/audit.ts",
        find: "  const [slice, loaded, rows, entries, jobs, [size]] = await database",
        replace:
          '  const [stale] = await database.session("first-primary").batch(rowsAfter(projection, job, tickets));\n  const [slice, loaded, , entries, jobs, [size]] = await database',
      },
      {
        file: "src/projection/walks/audit.ts",
        find: "compare(projection, { tickets: slice, loaded, rows, entries, limit: tickets, isRebuilt });",
        replace: "compare(projection, { tickets: slice, loaded, rows: stale, entries, limit: tickets, isRebuilt });",
      },
    ],
  },
  {
    name: "what an audit finds is recorded by each who finds it",
    edits: [
      {
        file: "src/projection/walks/audit.ts",
        find: "    assertCurrentSlice(job),\n    ...recordDrift(drift, now, now),\n    requeueTickets",
        replace: "    ...recordDrift(drift, now, now),\n    requeueTickets",
      },
    ],
  },
  {
    name: "an audit leaves rows that no projection would replace",
    edits: [
      {
        file: "src/projection/walks/audit.ts",
        find: "`DELETE FROM ${name} WHERE (workspace_id, id) IN",
        replace: "`DELETE FROM ${name} WHERE false AND (workspace_id, id) IN",
      },
    ],
  },
  {
    name: "an audit overlooks a change whose entry in the backlog has vanished",
    edits: [
      {
        file: "src/projection/walks/compare.ts",
        find: '  if (row.version < version) return ["behind", versions];\n',
        replace: "  if (row.version < version) return undefined;\n",
      },
    ],
  },
  {
    name: "an audit looks at the rows of the tickets that there are, and at no others",
    edits: [
      {
        file: "src/projection/walks/compare.ts",
        find: "    if (isAfter(ref, upTo) || known.has(keyOf(ref))) continue;",
        replace: "    if (isAfter(ref, upTo) || !known.has(keyOf(ref)) || version > 0) continue;",
      },
    ],
  },
  {
    name: "an audit does not count",
    edits: [
      {
        file: "src/projection/walks/audit.ts",
        find: "    ...recount(deps.projection),\n",
        replace: "",
      },
    ],
  },
  {
    name: "the cron does not see that the rows are gone",
    edits: [
      {
        file: "src/projection/walks/maintenance.ts",
        find: "  const isWanted = complete === 0 &&",
        replace: "  const isWanted = false &&",
      },
    ],
  },
  {
    name: "a rebuild whose message got lost is not taken up again",
    edits: [
      {
        file: "src/projection/walks/maintenance.ts",
        find: "  else if (isAbandoned(job, now)) await resume(deps, database, rebuild, job, silent);",
        replace: "",
      },
    ],
  },
  {
    name: "a row that changes leaves the tag of its list as it is",
    edits: [
      {
        file: "migrations/0016_one_schema.sql",
        find: "read_revisions_row_changed AFTER UPDATE ON read_tickets",
        replace: "read_revisions_row_changed AFTER UPDATE OF id ON read_tickets",
      },
    ],
  },
  {
    name: "the tags of emptied tables are given again",
    edits: [
      {
        file: "migrations/0006_list_revisions.sql",
        find: "AFTER DELETE ON read_revisions BEGIN UPDATE db_clock SET least_revision = max(least_revision, old.revision + 1); END;",
        replace: "AFTER DELETE ON read_revisions BEGIN UPDATE db_clock SET least_revision = 0; END;",
      },
    ],
  },
  {
    name: "a list that its reader has is called unmodified, whatever the token asks for",
    edits: [
      {
        file: "src/projection/consistency/fresh-read.ts",
        find: "  let snapshot = await readSnapshot(round, start);",
        replace:
          "  let snapshot = await readSnapshot(round, start);\n  if (!snapshot.read.shown) return snapshot.read;",
      },
    ],
  },
  {
    name: "the tag of a list stands for it with any filter",
    edits: [
      {
        file: "src/queries/read-model/list.ts",
        find: "deps.projection.projector, ...scope, limit, cursor ?? null, skip];",
        replace: "deps.projection.projector, ...scope.slice(0, 3), limit, cursor ?? null, skip];",
      },
    ],
  },
  {
    name: "a walk skips a ticket between two slices",
    edits: [
      {
        file: "src/projection/core/jobs.ts",
        find: "WHERE (ticket.workspace_id, ticket.id) > (?1, ?2) ORDER BY ticket.workspace_id, ticket.id LIMIT ?3`",
        replace:
          "WHERE (ticket.workspace_id, ticket.id) > (?1, ?2) ORDER BY ticket.workspace_id, ticket.id LIMIT ?3 OFFSET (?2 <> '')`",
      },
    ],
  },
  {
    name: "a rebuild passes by the tickets whose texts did not fit into the call",
    edits: [
      {
        file: "src/projection/walks/rebuild.ts",
        find: "upTo: slice[done - 1] ?? job, done,",
        replace: "upTo: slice.at(-1) ?? job, done: slice.length,",
      },
    ],
  },
  {
    name: "a recount leaves counters of nothing behind",
    edits: [
      {
        file: "src/projection/walks/completeness.ts",
        find: 'statement("DELETE FROM read_tallies WHERE count = 0"),',
        replace: 'statement("DELETE FROM read_tallies WHERE count < 0"),',
      },
    ],
  },
  {
    name: "the audit counts otherwise than the triggers",
    edits: [
      {
        file: "src/projection/read-models/ticket-list/ticket-list.ts",
        find: "json_array('assignee', assignee_id, status)",
        replace: "json_array('assignee', NULL, status)",
      },
    ],
  },
  {
    name: "the feed passes by what a page has no room for",
    edits: [
      {
        file: "src/queries/source/feed.ts",
        find: "const end = events.at(-1) ?? reached ?? newest ?? start;",
        replace: "const end = newest ?? start;",
      },
    ],
  },
  {
    name: "a bulk whose answer was lost does not know its own events again",
    edits: [
      {
        file: "src/commands/transact.ts",
        find: "{ workspace_id, now, changes, before, readerToken });\n",
        replace: "{ workspace_id, now, changes, before, readerToken, isBulk: Array.isArray(answer) });\n",
      },
      {
        file: "src/commands/transact.ts",
        find: "readerToken = NO_TOKEN }: Write",
        replace: "readerToken = NO_TOKEN, isBulk }: Write & { isBulk?: boolean }",
      },
      {
        file: "src/commands/transact.ts",
        find: "readSnapshot(workspace_id, readerToken), statements, events)",
        replace: "readSnapshot(workspace_id, readerToken), statements, isBulk ? [] : events)",
      },
    ],
  },
  {
    name: "a bulk's key is kept before the bulk is done, in a call of its own",
    edits: [
      {
        file: "src/commands/transact.ts",
        find: "  const committed = await appendAndAnnounce(deps, database, { workspace_id, now, changes, before, readerToken });",
        replace:
          '  const isBulk = changes.length > 1;\n  if (isBulk && before.length > 0) await database.session("first-primary").batch(...before);\n  const write = { workspace_id, now, changes, before: isBulk ? [] : before, readerToken };\n  const committed = await appendAndAnnounce(deps, database, write);',
      },
    ],
  },
  {
    name: "an erasure leaves the texts of the events",
    edits: [
      {
        file: "src/commands/event-store.ts",
        find: "UPDATE ticket_events SET body = NULL, data",
        replace: "UPDATE ticket_events SET data",
      },
    ],
  },
  {
    name: "an erasure leaves the rows as they are, and owes no projection",
    edits: [
      {
        file: "src/commands/transact.ts",
        find: "...(changes.length > 0 ? append(changes, now) : [])",
        replace: "...(changes.length > 0 ? append(changes, now).slice(0, after.length > 0 ? -1 : undefined) : [])",
      },
      {
        file: "src/erasure/erase-customer.ts",
        find: "return [redactRows(projection, tickets), requestPurge(projection, clock())];",
        replace: "return tickets.length > 0 ? [requestPurge(projection, clock())] : [];",
      },
    ],
  },
  {
    name: "an erasure is not gone on with where its worker was ended",
    edits: [
      {
        file: "src/erasure/erase-customer.ts",
        find: "      await continueIn(deps, database);",
        replace: "      await Promise.resolve(database);",
      },
    ],
  },
  {
    name: "a ticket that changes leaves its old entry in a search table",
    edits: [
      {
        file: "migrations/0016_one_schema.sql",
        find: "BEGIN DELETE FROM read_by_updated WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; INSERT",
        replace: "BEGIN INSERT",
      },
    ],
  },
  {
    name: "a text that changes leaves the search tables as they are",
    edits: [
      {
        file: "migrations/0016_one_schema.sql",
        find: "read_by_created_row_changed AFTER UPDATE ON read_tickets WHEN",
        replace: "read_by_created_row_changed AFTER UPDATE ON read_tickets WHEN false AND",
      },
    ],
  },
  {
    name: "an audit does not look at the search tables",
    edits: [
      {
        file: "src/projection/walks/compare.ts",
        find: "  result.drift.push(...entries.filter((entry) => !isAfter(entry, upTo)).map(entryDrift));\n",
        replace: "",
      },
    ],
  },
];
