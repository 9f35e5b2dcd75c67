import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runIn } from "./npm-start.ts";

/** Where `npm start` serves, in all documents. */
export const LOCAL = "http://127.0.0.1:8787";

/**
 * The blocks of code in one language that a document of the project shows, in their order.
 *
 * @param document such as `README.md`
 */
export function codeBlocks(document: string, language: string): string[] {
  const text = readFileSync(join(import.meta.dirname, "../..", document), "utf8");
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gmsu"));
  return [...blocks].map(([, block = ""]) => block);
}

/** Compiles a document's TypeScript in a clone of the project, as one program, runs it, and gives what it prints. */
export async function runTypeScript(folder: string, document: string, address: string): Promise<string> {
  const program = codeBlocks(document, "ts").join("\n").replaceAll(LOCAL, address);
  writeFileSync(join(folder, "example.ts"), program);
  const compilerOptions = { types: ["node", "@cloudflare/workers-types"] };
  const project = { extends: "./tsconfig.json", compilerOptions, include: ["example.ts", "src/platform/env.d.ts"] };
  writeFileSync(join(folder, "tsconfig.example.json"), JSON.stringify(project));
  await runIn(folder, "npx", ["tsc", "-p", "tsconfig.example.json"]);
  return await runIn(folder, "npx", ["node", "example.ts"]);
}
