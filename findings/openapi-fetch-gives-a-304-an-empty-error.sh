#!/usr/bin/env bash
# openapi-fetch 0.17.0.
# Expected: a 304 gives neither data nor error, or an error that is truthy. Seen: it gives error: "" and no data, so `if (error)`, the form
# that its documentation shows, treats the answer as a success without data. Look at response.status before either.
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

const fetch = async () => new Response(null, { status: 304, headers: { ETag: '"v3"' } });
const client = createClient({ baseUrl: "http://example.com", fetch });
const { data, error } = await client.GET("/tickets/1", { headers: { "If-None-Match": '"v3"' } });
console.log(JSON.stringify({ data, error }));
assert.equal(data, undefined);
assert.equal(error, "");
JS
"$node" try.mjs
