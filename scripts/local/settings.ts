import { constants, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { Failure } from "./run.ts";

/** The project's folder, in which wrangler runs. */
export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The folder of the local database, from `PERSIST_TO`; relative to the project. The default is wrangler's own, so that a bare
 * `wrangler dev` has the same data.
 */
export function persistTo(): string {
  const { PERSIST_TO } = process.env;
  return PERSIST_TO || ".wrangler/state";
}

/** The port to listen on, from `PORT`. */
export function port(): number {
  const { PORT } = process.env;
  const text = PORT || "8787";
  const number = Number(text);
  if (!/^\d{1,5}$/u.test(text) || number < 1 || number > 65_535) {
    throw new Failure(`PORT=${text} is not a port: use a whole number from 1 to 65535`);
  }
  return number;
}

/** The local key, from `.dev.vars`. If the file is missing, it is copied from `.dev.vars.example`. */
export function localKey(): string {
  const file = join(projectRoot, ".dev.vars");
  if (!existsSync(file)) copyFileSync(join(projectRoot, ".dev.vars.example"), file, constants.COPYFILE_EXCL);
  const { ROOT_KEY } = parseEnv(readFileSync(file, "utf8"));
  if (!ROOT_KEY) throw new Failure(".dev.vars has no ROOT_KEY: copy the line from .dev.vars.example");
  return ROOT_KEY;
}
