import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Failure } from "../../scripts/local/run.ts";
import { type EventSeen, eventSeen, type Row, row } from "./answers.ts";

/** Where `wrangler dev --persist-to` keeps D1, below the folder that it is given. */
const D1 = join("v3", "d1", "miniflare-D1DatabaseObject");

/** What the database's file holds: the second look, past the service. */
export interface DataFile {
  readonly log: ReadonlyMap<string, readonly EventSeen[]>;
  readonly rows: ReadonlyMap<string, Row>;
  /** The version of each ticket that waits to be projected. */
  readonly backlog: ReadonlyMap<string, number>;
  /** The version of each ticket by the ticket's own row. */
  readonly versions: ReadonlyMap<string, number>;
  /** The number of the newest event by the database's clock, by the events, and how many events there are. */
  readonly numbers: readonly number[];
}

const event = z.object({
  ticket_id: z.string(),
  version: z.int(),
  type: z.string(),
  occurred_at: z.int(),
  recorded_at: z.int(),
  body: z.string().nullable(),
  data: z.string(),
});
const readRow = z.looseObject({ tags: z.string(), has_note: z.int() });
const waiting = z.object({ ticket_id: z.string(), version: z.int() });
const head = z.object({ id: z.string(), version: z.int() });
const numbers = z.object({ clock: z.int(), newest: z.int(), events: z.int() });

/** The columns of the read table that lists show as times. */
const TIMES = [
  "last_message_at",
  "waiting_since",
  "first_replied_at",
  "resolved_at",
  "closed_at",
  "created_at",
  "updated_at",
];

/**
 * Takes a copy of the database's files while nobody writes them: what the service finds when it starts again is not touched, and
 * the copy goes through its own recovery.
 *
 * @returns the copy, to be read once
 */
export function copyDataFile(dataFolder: string): { read(): DataFile } {
  const from = join(dataFolder, D1);
  const copy = mkdtempSync(join(tmpdir(), "edgedesk-crash-look-"));
  cpSync(from, copy, { recursive: true });
  return {
    read: () => {
      try {
        return readDataFile(copy);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
  };
}

function readDataFile(folder: string): DataFile {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const [name, ...more] = names;
  if (name === undefined || more.length > 0 || !existsSync(join(folder, name))) {
    throw new Failure(`there should be one database in ${folder}, not ${names.length}`);
  }
  const database = new DatabaseSync(join(folder, name));
  const all = <Schema extends z.ZodType>(schema: Schema, sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((found) => schema.parse(found));
  try {
    const events = all(event, "SELECT * FROM ticket_events ORDER BY ticket_id, seq");
    const byTicket = Map.groupBy(events, ({ ticket_id }) => ticket_id);
    return {
      log: new Map([...byTicket].map(([id, list]) => [id, list.map(seen)])),
      rows: new Map(
        all(readRow, "SELECT * FROM read_tickets")
          .map(shown)
          .map((one) => [one.id, one]),
      ),
      backlog: versions(all(waiting, "SELECT * FROM projection_backlog").map((one) => [one.ticket_id, one.version])),
      versions: versions(all(head, "SELECT * FROM tickets").map((one) => [one.id, one.version])),
      numbers: all(numbers, NUMBERS).flatMap(({ clock, newest, events }) => [clock, newest, events]),
    };
  } finally {
    database.close();
  }
}

const NUMBERS = `
SELECT (SELECT seq FROM db_clock) AS clock, (SELECT coalesce(max(seq), 0) FROM ticket_events) AS newest,
  (SELECT count(*) FROM ticket_events) AS events`;

function versions(entries: [string, number][]): ReadonlyMap<string, number> {
  return new Map(entries);
}

/** An event as the ticket's history shows it. */
function seen({ version, type, occurred_at, recorded_at, body, data }: z.infer<typeof event>): EventSeen {
  const fields: object = z.looseObject({}).parse(JSON.parse(data));
  return eventSeen.parse({
    version,
    type,
    occurred_at: iso(occurred_at),
    recorded_at: iso(recorded_at),
    data: body === null ? fields : { ...fields, body },
  });
}

/** A row as the list shows it. */
function shown(found: z.infer<typeof readRow>): Row {
  const times = TIMES.map((column) => [column, typeof found[column] === "number" ? iso(found[column]) : null]);
  const tags: unknown = JSON.parse(found.tags);
  return row.parse({ ...found, ...Object.fromEntries(times), tags, has_note: found.has_note === 1 });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
