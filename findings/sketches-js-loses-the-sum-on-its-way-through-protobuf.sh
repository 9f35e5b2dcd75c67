#!/usr/bin/env bash
# @datadog/sketches-js 2.1.1 (with protobufjs 7.4.0, which it needs and does not declare).
# Expected: a sketch that is stored with toProto() and read back with fromProto() is the same sketch. Seen: its quantiles and count are right,
# but its sum is 0, its min Infinity and its max -Infinity. An average made from stored sketches is 0. Keep sum, min and max beside it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error @datadog/sketches-js@2.1.1 protobufjs@7.4.0 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import { DDSketch } from "@datadog/sketches-js";

const sketch = new DDSketch({ relativeAccuracy: 0.01 });
for (let value = 1; value <= 1_000; value++) sketch.accept(value);
const stored = DDSketch.fromProto(sketch.toProto());
for (const { sum, min, max, count } of [sketch, stored]) console.log({ sum, min, max, count });
assert.equal(sketch.sum, 500_500);
assert.deepEqual([stored.count, stored.sum, stored.min, stored.max], [1_000, 0, Infinity, -Infinity]);
JS
"$node" try.mjs
