import { parseArgs } from "node:util";
import { COMMON_OPTIONS, readTarget, type Target, usageError } from "../service/target.ts";

const SCRIPT = "import";

/** The options of a call. */
export interface ImportOptions extends Target {
  readonly file: string;
  readonly json: boolean;
}

/**
 * Reads the options from the command line and the environment.
 *
 * @returns undefined for `--help`.
 * @throws ExitError with exit code 2 if something is missing or unknown.
 */
export function readOptions(args: readonly string[]): ImportOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined) throw usageError("give the file to import", SCRIPT);
  if (more.length > 0)
    throw usageError(`only one file can be imported at a time; unexpected: ${more.join(", ")}`, SCRIPT);
  return { file, ...readTarget(values, SCRIPT), json: values.json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: COMMON_OPTIONS });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), SCRIPT);
  }
}
