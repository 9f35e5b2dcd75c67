import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv, styleText } from "node:util";
import { Failure } from "../local/run.ts";
import { projectRoot } from "../local/settings.ts";

/** The key of a deployment: the one that it has, one that somebody gives, or a new one. Only the last two are known here. */
export type RootKey =
  | { readonly origin: "kept"; readonly value?: never }
  | { readonly origin: "given" | "made"; readonly value: string };

/** RFC 6750's characters of a bearer token: another one could be stored, but never be sent. */
const BEARER = /^[A-Za-z0-9._~+/-]+=*$/u;
const SHORTEST = 16;

/**
 * The key that somebody gives in the environment, if any.
 *
 * @throws Failure if it is too weak, or could not be sent.
 */
export function readGivenKey(): string | undefined {
  const key = process.env["ROOT_KEY"];
  if (key === undefined || key === "") return undefined;
  const example = parseEnv(readFileSync(join(projectRoot, ".dev.vars.example"), "utf8"))["ROOT_KEY"];
  if (key === example) throw new Failure("ROOT_KEY is the public key of local development: give another one, or none");
  if (key.length < SHORTEST) throw new Failure(`ROOT_KEY is too short: give ${SHORTEST} characters at least, or none`);
  if (!BEARER.test(key)) throw new Failure("ROOT_KEY may have letters, digits and . _ ~ + / - only (and = at its end)");
  return key;
}

/** Decides which key the deployment gets: a given one replaces a key that is there. */
export function chooseRootKey(present: boolean, given: string | undefined): RootKey {
  if (given !== undefined) return { origin: "given", value: given };
  return present ? { origin: "kept" } : { origin: "made", value: randomBytes(32).toString("base64url") };
}

/**
 * Lends a folder that nobody else can read, and removes it afterwards, whatever happens short of a kill -9.
 */
export async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  // mkdtemp makes the folder with mode 0700.
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
 * Writes the file for `wrangler deploy --secrets-file`. JSON, because wrangler expands `$NAME` in the other form, and lets the
 * environment overrule the file there (`parseAndExpandDotEnv`).
 */
export function writeSecretsFile(folder: string, key: string): string {
  const file = join(folder, "secrets.json");
  writeFileSync(file, JSON.stringify({ ROOT_KEY: key }), { mode: 0o600, flag: "wx" });
  return file;
}

/** Shows a new key: the one time that anybody can read it. */
export function showNewKey(key: string, note: string): void {
  console.log(
    `\n${styleText("bold", "The key of this deployment")}, shown only this once; keep it in a safe place${note}:\n`,
  );
  console.log(`  ROOT_KEY=${styleText("bold", key)}\n`);
}
