#!/usr/bin/env bash
# openapi-fetch 0.17.0.
# Expected: a Date in a query is written as JSON.stringify writes it, or refused. Seen: it is dropped without a word, and the request asks
# for everything: "?&status=open" instead of "?updated_after=…&status=open". A Date has no own properties, and the serializer takes it for an
# empty object. Give times as strings (toISOString()).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error openapi-fetch@0.17.0 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import createClient from "openapi-fetch";

let asked;
const fetch = async ({ url }) => {
  asked = url;
  return Response.json({});
};
const client = createClient({ baseUrl: "http://example.com", fetch });
await client.GET("/tickets", { params: { query: { updated_after: new Date(0), status: "open" } } });
console.log(asked);
assert.equal(asked, "http://example.com/tickets?&status=open");
JS
"$node" try.mjs
