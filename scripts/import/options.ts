import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { Ending } from "../console.ts";
import { projectRoot } from "../local/settings.ts";

/** What the caller asks for. */
export interface ImportOptions {
  readonly file: string;
  /** With a slash at its end, so that paths can be resolved against it. */
  readonly url: URL;
  readonly key: string;
  readonly json: boolean;
}

/**
 * Reads the command line and what stands in for it.
 *
 * @returns undefined if only help is wanted.
 * @throws Ending with exit code 2 if something is missing or unknown.
 */
export function readOptions(args: readonly string[]): ImportOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined) throw usage("name the file to import");
  if (more.length > 0) throw usage(`one file at a time, not also ${more.join(", ")}`);
  const url = address(values.url);
  // The key in .dev.vars opens nothing but a local Worker, and so goes nowhere else.
  const key = values.key || process.env["EDGEDESK_KEY"] || (isLocal(url) ? localKey() : undefined);
  if (!key)
    throw usage(
      `the key is missing: set EDGEDESK_KEY${isLocal(url) ? ", or run npm start, which makes .dev.vars" : ""}`,
    );
  // Anything else could not stand in a header.
  if (!/^[\x21-\x7e]+$/u.test(key))
    throw usage("the key has characters that no key has (blanks, line breaks or accents)");
  return { file, url, key, json: values.json };
}

function address(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/u.test(url.protocol))
    throw usage(`${text} is no address: it begins with https:// or http://`);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.search = "";
  url.hash = "";
  return url;
}

/** Whether an address is on this machine. */
export function isLocal({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

function localKey(): string | undefined {
  const file = join(projectRoot, ".dev.vars");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8"))["ROOT_KEY"] : undefined;
}

function usage(message: string): Ending {
  return new Ending(`${message} (see npm run import -- --help)`, 2);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: "string", default: "http://127.0.0.1:8787" },
        key: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}
