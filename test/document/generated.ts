import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Runs a script with this very Node, and gives what it wrote. */
async function node(script: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" };
  const { stdout } = await run(process.execPath, [script, ...args], { cwd: root, env }).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`);
  });
  return stdout;
}

/** Has a public generator make a client from the document, in a new folder, with the program that uses it. */
export async function generateClient(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "edgedesk-generated-"));
  const document = join(folder, "openapi.json");
  await node(join(import.meta.dirname, "write.ts"), document);
  const options = ["--output", join(folder, "client.ts"), "--error-mode", "result", "--args-style", "grouped"];
  const redocly = join(root, "node_modules/@redocly/cli/bin/cli.js");
  await node(redocly, "generate-client", document, ...options, "--import-ext", "ts");
  copyFileSync(join(import.meta.dirname, "program.ts"), join(folder, "program.ts"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  return folder;
}

/** Compiles what is in the folder, as strictly as a newcomer does; throws the compiler's words where it does not. */
export async function compile(folder: string): Promise<void> {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, allowImportingTsExtensions: true, erasableSyntaxOnly: true },
    ...{ target: "es2024", module: "nodenext", lib: ["es2024", "dom", "dom.iterable"], types: ["node"] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  await node(join(root, "node_modules/typescript/bin/tsc"), "-p", folder);
}

/** Runs the program against a service. */
export async function runProgram(folder: string, address: string, key: string): Promise<unknown> {
  return JSON.parse(await node(join(folder, "program.ts"), address, key));
}
