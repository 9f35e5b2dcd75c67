import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../scripts/local/run.ts";

/**
 * What becomes of the filled file: `copy` leaves it as it is; `link` takes the file itself, at once and however large it is, but what the
 * Worker writes is then in it.
 */
export type Placing = "copy" | "link";

/** Makes a folder for what a runtime keeps, in the given one: on the same disk as the filled files, so that they can be linked. */
export function makeStore(parent: string): string {
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, "run-"));
}

/** Where in a store the only database is. The runtime names the file; so it has to have made it. */
export function databaseIn(store: string): string {
  const files = readdirSync(store, { recursive: true, encoding: "utf8" });
  const [file, ...others] = files.filter(
    (name) => name.endsWith(".sqlite") && /d1/iu.test(name) && !/metadata/u.test(name),
  );
  if (file === undefined || others.length > 0)
    throw new Failure(`There is not one database in ${store}: ${files.join(", ")}`);
  return join(store, file);
}

/** Puts a filled file in the place of a database, while no runtime has it. */
export function placeDatabase(filled: string, place: string, placing: Placing): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${place}${suffix}`, { force: true });
  if (placing === "link") linkSync(filled, place);
  else copyFileSync(filled, place);
}
