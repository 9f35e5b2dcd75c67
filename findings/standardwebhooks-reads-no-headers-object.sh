#!/usr/bin/env bash
# standardwebhooks 1.1.1.
# Expected: verify(body, request.headers) works in a Worker, where headers are a Headers object. Seen: it throws "Missing required headers",
# which looks like a fault of the sender; a plain object with the same headers verifies. Pass Object.fromEntries(request.headers).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error standardwebhooks@1.1.1 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(`whsec_${Buffer.from("a key for this example only").toString("base64")}`);
const now = new Date();
const body = '{"type":"ticket.created"}';
const headers = new Headers({
  "webhook-id": "msg_1",
  "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
  "webhook-signature": webhook.sign("msg_1", now, body),
});
assert.deepEqual(webhook.verify(body, Object.fromEntries(headers)), JSON.parse(body));
assert.throws(() => webhook.verify(body, headers), { message: "Missing required headers" });
console.log("a plain object verifies; a Headers object: Missing required headers");
JS
"$node" try.mjs
