/** Writes the document that `GET /openapi.json` answers with to a file, for tools that read files: `node write.ts <file>`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { app } from "../../src/http/app.ts";
import { openApiDocument } from "../../src/http/openapi.ts";

const [file = "dist/openapi.json"] = process.argv.slice(2);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, JSON.stringify(openApiDocument(app), null, 2));
