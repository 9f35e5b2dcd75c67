import { rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import { copyProject, NpmStart as Start } from "./npm-start.ts";

/** The project as it comes from a clone, in a new folder that does not outlive its test; see {@link copyProject}. */
export function freshClone(packages?: "installed" | "missing", more?: readonly string[]): string {
  const folder = copyProject("edgedesk-newcomer-", packages, more);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `npm start` that does not outlive its test. */
export class NpmStart extends Start {
  constructor(folder: string, env: Record<string, string>) {
    super(folder, env);
    onTestFinished(() => void this.kill());
  }
}
