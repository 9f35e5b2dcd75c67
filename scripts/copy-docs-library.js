// Copies the library of the page at /docs, which is not in the repository. wrangler runs this before each build (`[build]` in
// wrangler.toml) with any version of Node, so this is JavaScript.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE"];

const folder = (path) => fileURLToPath(new URL(`../${path}/`, import.meta.url));
const from = folder("node_modules/swagger-ui-dist");
const to = folder("public/docs/swagger-ui");

if (!existsSync(from)) {
  console.error("✘ swagger-ui-dist is not installed: run `npm ci` first");
  process.exit(1);
}
mkdirSync(to, { recursive: true });
for (const file of FILES) copyFileSync(`${from}${file}`, `${to}${file}`);
