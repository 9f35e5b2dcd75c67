import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The changes that a document of the project shows: its diff blocks in their order, as one patch. */
export function patchOf(document: string): string {
  const text = readFileSync(join(import.meta.dirname, "../..", document), "utf8");
  return [...text.matchAll(/^```diff\n(.*?)^```$/gmsu)].map(([, block]) => block).join("");
}

/** What `git apply` says of it: nothing, where it applies. `paths` are options such as `--include=migrations/*`. */
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
