#!/usr/bin/env bash
# parse-prometheus-text-format 1.1.1.
# Expected: a histogram with two sets of labels is read as two series. Seen: one series is left, with the buckets of the last one, without
# labels, sum or count; and the last line of a text that has no newline at its end is dropped. A test that reads /metrics through this
# parser cannot see a lost or doubled series: look at the text as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error parse-prometheus-text-format@1.1.1 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import parse from "parse-prometheus-text-format";

const series = (route, one, all) => `seconds_bucket{route="${route}",le="1"} ${one}
seconds_bucket{route="${route}",le="+Inf"} ${all}
seconds_sum{route="${route}"} ${all}
seconds_count{route="${route}"} ${all}
`;
const [histogram] = parse(`# TYPE seconds histogram\n${series("list", 1, 2)}${series("detail", 10, 20)}`);
const [gauge] = parse("# TYPE backlog gauge\nbacklog 5");
console.log(JSON.stringify([histogram.metrics, gauge.metrics]));
assert.deepEqual(histogram.metrics, [{ buckets: { 1: "10", "+Inf": "20" } }]);
assert.deepEqual(gauge.metrics, []);
JS
"$node" try.mjs
