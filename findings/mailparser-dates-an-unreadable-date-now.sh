#!/usr/bin/env bash
# mailparser 3.14.2.
# Expected: a Date header that cannot be read gives no date, as a missing one does. Seen: it gives the moment of parsing. An archive that is
# imported through it puts such letters at the end of their threads, and nothing says so. postal-mime 4.0.0 gives the header's own text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error mailparser@3.14.2 postal-mime@4.0.0 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const letter = (date) => `From: customer@example.com\r\n${date}Subject: Printer\r\n\r\nIt does not print.\r\n`;
const unreadable = letter("Date: yesterday afternoon\r\n");
const begin = Date.now();
const { date } = await simpleParser(unreadable);
const without = await simpleParser(letter(""));
console.log({ unreadable: date, missing: without.date, "postal-mime": (await PostalMime.parse(unreadable)).date });
assert.ok(date.getTime() >= begin && date.getTime() <= Date.now());
assert.equal(without.date, undefined);
assert.equal((await PostalMime.parse(unreadable)).date, "yesterday afternoon");
JS
"$node" try.mjs
