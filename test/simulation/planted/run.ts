import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { BUGS, type PlantedBug } from "./bugs.ts";

/** Histories in which a bug must be found. */
const HISTORIES = 1_000;

/** What a history of the project needs; the rest stays where it is. */
const PARTS = [
  "src",
  "migrations",
  "test/simulation",
  "test/oracle",
  "test/access.ts",
  "test/platform-limits.ts",
  "package.json",
];

const root = join(import.meta.dirname, "../../..");

/** What became of one bug: the seed that found it, and what it broke there. */
interface Finding {
  readonly name: string;
  readonly seed?: number;
  readonly violation?: string;
}

/** Plants a bug into a copy of the project, and runs histories there until one finds it. */
async function hunt({ name, edits }: PlantedBug): Promise<Finding> {
  const copy = mkdtempSync(join(tmpdir(), "edgedesk-planted-"));
  try {
    for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const { file, find, replace } of edits) {
      const path = join(copy, file);
      const text = readFileSync(path, "utf8");
      if (text.split(find).length !== 2)
        throw new Error(`"${name}" no longer fits ${file}: mend test/simulation/planted/bugs.ts`);
      writeFileSync(
        path,
        text.replace(find, () => replace),
      );
    }
    return { name, ...(await histories(copy)) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function histories(folder: string): Promise<Omit<Finding, "name">> {
  const child = spawn(process.execPath, ["test/simulation/planted/hunt.ts", `${HISTORIES}`], { cwd: folder });
  return new Promise((resolve, reject) => {
    let output = "";
    let errors = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.on("error", reject);
    child.on("close", () => {
      try {
        resolve(JSON.parse(output));
      } catch {
        reject(new Error(`the simulation said nothing: ${errors.slice(-2_000)}`));
      }
    });
  });
}

/** Only the bugs with this in their name. */
const [, , only = ""] = process.argv;
const missed: string[] = [];
const chosen = BUGS.filter(({ name }) => name.includes(only));
const queue = [...chosen.entries()];
/** Two at a time: each is one thread. */
await Promise.all(
  [1, 2].map(async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, bug] = next;
      const { name, seed, violation } = await hunt(bug);
      const found = seed !== undefined;
      if (!found) missed.push(name);
      const mark = styleText(
        found ? "green" : "red",
        found ? `found after ${seed} histories` : `not found in ${HISTORIES}`,
      );
      console.log(
        `${String(index + 1).padStart(2)}/${chosen.length} ${name}: ${mark}${found ? ` (${violation})` : ""}`,
      );
    }
  }),
);
console.log(`${chosen.length - missed.length} of ${chosen.length} planted bugs found within ${HISTORIES} histories`);
process.exitCode = missed.length > 0 ? 1 : 0;
