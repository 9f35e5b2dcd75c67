#!/usr/bin/env bash
# @hono/zod-openapi 1.6.3 with zod 4.6.7.
# Expected: the document allows what the schema allows. Seen: z.literal(["open", "closed"]) is documented as an enum of "open" alone, and a
# regular expression's flags are written into its pattern (/^a$/i becomes the pattern "^a$/i", which nothing matches). A generated client
# refuses valid values. Use z.enum, and patterns without flags; a test over the document can hold that.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --save-exact --loglevel=error @hono/zod-openapi@1.6.3 hono@4.13.19 zod@4.6.7 >/dev/null
node=node
cat >try.mjs <<'JS'
import assert from "node:assert/strict";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";

const query = z.object({ status: z.literal(["open", "closed"]), letter: z.string().regex(/^a$/i) });
assert.ok(query.safeParse({ status: "closed", letter: "A" }).success);
const app = new OpenAPIHono();
const route = createRoute({ method: "get", path: "/", request: { query }, responses: { 200: { description: "OK" } } });
app.openapi(route, (context) => context.text("OK"));
const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Example", version: "1" } });
const schemas = document.paths["/"].get.parameters.map(({ schema }) => schema);
console.log(JSON.stringify(schemas));
assert.deepEqual(schemas, [
  { type: "string", enum: ["open"] },
  { type: "string", pattern: "^a$/i" },
]);
JS
"$node" try.mjs
