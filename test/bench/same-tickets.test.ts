import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Filled, fill } from "../../bench/data/fill.ts";
import { fold } from "../../src/search/words.ts";

const TICKETS = 300;
const folder = mkdtempSync(join(tmpdir(), "edgedesk-fill-"));
let files: readonly Filled[];
let db: DatabaseSync;

beforeAll(async () => {
  files = await fill({ sizes: [TICKETS], folder });
  const [edgedesk, other] = files;
  db = new DatabaseSync(edgedesk?.path ?? "");
  db.prepare("ATTACH ? AS other").run(other?.path ?? "");
});

afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** What lists show of a ticket, as the read table has it. */
const READ = `SELECT id, customer_id, subject, status, priority, assignee_id, tags, message_count, note_count, last_message_at,
  last_message_from, first_replied_at, waiting_since, resolved_at, closed_at, reopen_count, created_at, updated_at, version FROM main.read_tickets`;

/** The same, as it is computed without one. */
const COMPUTED = `
SELECT id, customer_id, subject, status, priority, assignee_id,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM other.ticket_tags WHERE ticket = t.n ORDER BY place)),
  (SELECT count(*) FROM other.messages WHERE ticket = t.n), (SELECT count(*) FROM other.notes WHERE ticket = t.n),
  (SELECT max(sent_at) FROM other.messages WHERE ticket = t.n),
  (SELECT sender FROM other.messages WHERE ticket = t.n ORDER BY sent_at DESC, n DESC LIMIT 1),
  (SELECT min(sent_at) FROM other.messages WHERE ticket = t.n AND sender = 'agent'),
  iif(status IN ('open', 'pending'), (SELECT min(sent_at) FROM other.messages WHERE ticket = t.n AND sender = 'customer'
    AND sent_at > coalesce((SELECT max(sent_at) FROM other.messages WHERE ticket = t.n AND sender = 'agent'), -1)), NULL),
  resolved_at, closed_at, reopen_count, created_at, updated_at, version FROM other.tickets AS t`;

test("both databases have the same tickets, and show the same of them", () => {
  expect(db.prepare(`${READ} EXCEPT ${COMPUTED}`).all()).toEqual([]);
  expect(db.prepare(`${COMPUTED} EXCEPT ${READ}`).all()).toEqual([]);
  expect(db.prepare("SELECT count(*) AS count FROM main.read_tickets").get()).toEqual({ count: TICKETS });
});

test("both find the same words", () => {
  const found = (sql: string, word: string) =>
    db
      .prepare(sql)
      .all(fold(word))
      .map(({ id }) => id);
  const subjects = db.prepare("SELECT subject FROM main.read_tickets WHERE n % 20 = 0").all();
  // One tokenizer knows no words without blanks.
  const words = subjects.flatMap(({ subject }) => /^[\p{Script=Latin}]+/u.exec(String(subject)) ?? []);
  expect(words.length).toBeGreaterThan(10);
  for (const word of words) {
    const ours = found(
      `SELECT row.id FROM main.read_by_created AS entry JOIN main.read_tickets AS row ON row.n = entry.rowid & 4194303
       WHERE read_by_created MATCH '{subject messages}: "' || ? || '"' ORDER BY row.id`,
      word,
    );
    expect(ours, word).not.toEqual([]);
    const theirs = found(
      `SELECT DISTINCT ticket.id FROM other.message_search AS entry JOIN other.messages AS message ON message.n = entry.rowid
       JOIN other.tickets AS ticket ON ticket.n = message.ticket WHERE message_search MATCH ? ORDER BY ticket.id`,
      word,
    );
    expect(theirs, word).toEqual(ours);
  }
});

test("the search tables are whole, and configured as a live service leaves them", () => {
  for (const table of [
    "main.read_by_updated",
    "main.read_by_created",
    "main.read_by_waiting",
    "other.message_search",
  ]) {
    expect(() => db.exec(`INSERT INTO ${table} (${table.split(".")[1]}) VALUES ('integrity-check')`)).not.toThrow();
    expect(db.prepare(`SELECT k FROM ${table}_config`).all()).toEqual([{ k: "version" }]);
  }
});

test("what is filled is taken as it is the next time", async () => {
  const again = await fill({ sizes: [TICKETS], folder });
  expect(again.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
  expect(again.map(({ seconds }) => seconds)).toEqual([undefined, undefined]);
});
