import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ExitError } from "../console.ts";
import { projectRoot } from "../local/settings.ts";

/** The URL of `npm start`. */
export const DEFAULT_URL = "http://127.0.0.1:8787";

/** The options of every script that calls the API, for `parseArgs`. */
export const COMMON_OPTIONS = {
  url: { type: "string", default: DEFAULT_URL },
  key: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The common options in `--help`. */
export const COMMON_HELP = `  --url URL   the URL of Edgedesk (default: ${DEFAULT_URL})
  --key KEY   the key (default: EDGEDESK_KEY, which keeps it out of the shell history; for a local Edgedesk, .dev.vars)
  --json      print one JSON object a line on stdout`;

/** An Edgedesk, and a key for it. */
export interface Target {
  /** Ends with a slash, so that paths can be resolved against it. */
  readonly url: URL;
  readonly key: string;
}

/**
 * Reads the URL and the key from the command line, the environment or `.dev.vars`.
 *
 * @param script the npm script, for error messages.
 * @throws ExitError with exit code 2 if one is missing or invalid.
 */
export function readTarget(values: { readonly url: string; readonly key?: string }, script: string): Target {
  const url = address(values.url, script);
  // The key in .dev.vars is for a local Worker, and is sent nowhere else.
  const key = values.key || process.env["EDGEDESK_KEY"] || (isLocal(url) ? localKey() : undefined);
  if (!key) {
    const hint = isLocal(url) ? ", or run npm start, which creates .dev.vars" : "";
    throw usageError(`the key is missing: set EDGEDESK_KEY${hint}`, script);
  }
  // A header can hold nothing else.
  if (!/^[\x21-\x7e]+$/u.test(key))
    throw usageError("the key has characters that a key cannot have (spaces, line breaks or accents)", script);
  return { url, key };
}

/** Tells whether a URL is on this machine. */
export function isLocal({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** A usage error. */
export function usageError(message: string, script: string): ExitError {
  return new ExitError(`${message} (see npm run ${script} -- --help)`, 2);
}

function address(text: string, script: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/u.test(url.protocol))
    throw usageError(`${text} is not a URL that begins with https:// or http://`, script);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = "";
  url.hash = "";
  return url;
}

function localKey(): string | undefined {
  const file = join(projectRoot, ".dev.vars");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8"))["ROOT_KEY"] : undefined;
}
