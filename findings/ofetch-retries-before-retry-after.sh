#!/usr/bin/env bash
# ofetch 1.5.1 (ky 1.14.3 beside it).
# Expected: a client that retries a 503 by default waits as long as its Retry-After says. Seen: ofetch repeats a GET at once and ignores the
# header, so its one retry meets the same 503; ky waits. A service cannot slow down such a client by Retry-After alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error ofetch@1.5.1 ky@1.14.3 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import http from "node:http";
import ky from "ky";
import { ofetch } from "ofetch";

const SECONDS = 3;
let times = [];
const server = http.createServer((_request, response) => {
  times.push(Date.now());
  response.writeHead(503, { "Retry-After": String(SECONDS) }).end();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const waited = async (request) => {
  times = [];
  await request().catch(() => {});
  assert.equal(times.length, 2);
  return times[1] - times[0] >= SECONDS * 1_000 - 100;
};
const seen = { ofetch: await waited(() => ofetch(url)), ky: await waited(() => ky(url, { retry: { limit: 1 } })) };
server.close();
console.log("waited for Retry-After:", seen);
assert.deepEqual(seen, { ofetch: false, ky: true });
process.exit(0);
JS
"$node" try.mjs
