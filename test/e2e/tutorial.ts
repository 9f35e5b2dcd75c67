import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { codeBlocks } from "./documents.ts";

/** The changes that a document of the project shows: its diff blocks in their order, as one patch. */
export function patchOf(document: string): string {
  return codeBlocks(document, "diff").join("");
}
export function applyPatch(folder: string, patch: string, ...paths: readonly string[]): string {
  // In a folder that is no repository, git apply takes the paths as they are.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: join(folder, "..") };
  const { status, stderr } = spawnSync("git", ["apply", ...paths, "-"], {
    cwd: folder,
    env,
    input: patch,
    encoding: "utf8",
  });
  return status === 0 ? "" : stderr;
}
