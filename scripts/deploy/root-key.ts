import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv, styleText } from "node:util";
import { Failure } from "../local/run.ts";
import { projectRoot } from "../local/settings.ts";

/** The root key of a deployment: the current one (not known here), a given one, or a new one. */
export type RootKey =
  | { readonly origin: "kept"; readonly value?: never }
  | { readonly origin: "given" | "made"; readonly value: string };

/** The characters of a bearer token (RFC 6750): no client could send another one. */
const BEARER = /^[A-Za-z0-9._~+/-]+=*$/u;
const SHORTEST = 16;

/**
 * Reads ROOT_KEY from the environment, if it is set.
 *
 * @throws Failure if the key is too weak, or no client could send it.
 */
export function readGivenKey(): string | undefined {
  const key = process.env["ROOT_KEY"];
  if (key === undefined || key === "") return undefined;
  const example = parseEnv(readFileSync(join(projectRoot, ".dev.vars.example"), "utf8"))["ROOT_KEY"];
  if (key === example)
    throw new Failure("ROOT_KEY is the public key of local development: set another one, or unset it");
  if (key.length < SHORTEST) throw new Failure(`ROOT_KEY is too short: it needs at least ${SHORTEST} characters`);
  if (!BEARER.test(key)) throw new Failure("ROOT_KEY may only have letters, digits and . _ ~ + / - (and = at the end)");
  return key;
}

/** Chooses the key of the deployment: a given key replaces the current one. */
export function chooseRootKey(present: boolean, given: string | undefined): RootKey {
  if (given !== undefined) return { origin: "given", value: given };
  return present ? { origin: "kept" } : { origin: "made", value: randomBytes(32).toString("base64url") };
}

/** Creates a folder that no other user can read, and removes it afterwards, except after kill -9. */
export async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  // mkdtemp creates the folder with mode 0700.
  const folder = mkdtempSync(join(tmpdir(), "edgedesk-deploy-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await use(folder);
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}

/**
 * Writes the file for `wrangler deploy --secrets-file`, as JSON: in the other format wrangler expands `$NAME`, and the environment
 * overrides the file (`parseAndExpandDotEnv`).
 */
export function writeSecretsFile(folder: string, key: string): string {
  const file = join(folder, "secrets.json");
  writeFileSync(file, JSON.stringify({ ROOT_KEY: key }), { mode: 0o600, flag: "wx" });
  return file;
}

/** Prints a new key, which nobody can read again later. */
export function showNewKey(key: string, note: string): void {
  console.log(
    `\n${styleText("bold", "The key of this deployment")}, shown only once; keep it in a safe place${note}:\n`,
  );
  console.log(`  ROOT_KEY=${styleText("bold", key)}\n`);
}
