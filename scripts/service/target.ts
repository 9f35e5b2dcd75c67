import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { Ending } from "../console.ts";
import { projectRoot } from "../local/settings.ts";

/** Where `npm start` serves. */
export const DEFAULT_URL = "http://127.0.0.1:8787";

/** What every script that talks to Edgedesk takes, for `parseArgs`. */
export const COMMON_OPTIONS = {
  url: { type: "string", default: DEFAULT_URL },
  key: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The same for `--help`. */
export const COMMON_HELP = `  --url URL   where Edgedesk answers (${DEFAULT_URL})
  --key KEY   the key; better in the environment as EDGEDESK_KEY. A local Edgedesk has its key in .dev.vars
  --json      one JSON object a line on stdout, for programs`;

/** The Edgedesk that is meant, and what opens it. */
export interface Target {
  /** With a slash at its end, so that paths can be resolved against it. */
  readonly url: URL;
  readonly key: string;
}

/**
 * Finds the address and the key, from the command line and what stands in for it.
 *
 * @param script its name for npm, for the errors.
 * @throws Ending with exit code 2 if one is missing or makes no sense.
 */
export function readTarget(values: { readonly url: string; readonly key?: string }, script: string): Target {
  const url = address(values.url, script);
  // The key in .dev.vars opens nothing but a local Worker, and so goes nowhere else.
  const key = values.key || process.env["EDGEDESK_KEY"] || (isLocal(url) ? localKey() : undefined);
  if (!key) {
    const hint = isLocal(url) ? ", or run npm start, which makes .dev.vars" : "";
    throw wrongCall(`the key is missing: set EDGEDESK_KEY${hint}`, script);
  }
  // Anything else could not stand in a header.
  if (!/^[\x21-\x7e]+$/u.test(key))
    throw wrongCall("the key has characters that no key has (blanks, line breaks or accents)", script);
  return { url, key };
}

/** Whether an address is on this machine. */
export function isLocal({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** The end of a script that was called in a way that it does not know. */
export function wrongCall(message: string, script: string): Ending {
  return new Ending(`${message} (see npm run ${script} -- --help)`, 2);
}

function address(text: string, script: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/u.test(url.protocol))
    throw wrongCall(`${text} is no address: it begins with https:// or http://`, script);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = "";
  url.hash = "";
  return url;
}

function localKey(): string | undefined {
  const file = join(projectRoot, ".dev.vars");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8"))["ROOT_KEY"] : undefined;
}
