import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { codeBlocks, LOCAL } from "./documents.ts";

/** A refused request ends the shell, as if each line were watched; but not where the line itself looks at the status. */
const WATCHED = `curl() {
  case "$*" in
    *%{http_code}*) command curl "$@" ;;
    *) command curl --fail-with-body --silent --show-error "$@" ;;
  esac
}`;

/**
 * Runs the lines of a document that ask the local service, all in one shell and in their order, as a reader who pastes one block after
 * the other.
 *
 * @param document of this project, such as `README.md`
 * @param address where the service is this time
 * @returns the blocks, and what they wrote
 * @throws Error if a command fails, or a request is not answered with 2xx
 */
export async function pasteAll(document: string, address: string): Promise<{ blocks: string[]; output: string }> {
  const blocks = codeBlocks(document, "sh").filter((block) => block.includes("$desk") || block.includes(LOCAL));
  const lines = ["set -euo pipefail", WATCHED, ...blocks.map((block) => block.replaceAll(LOCAL, address))];
  const { stdout } = await promisify(execFile)("bash", ["-c", lines.join("\n")]);
  return { blocks, output: stdout };
}
