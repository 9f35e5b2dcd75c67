import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUGS } from "./planted/bugs.ts";

const root = join(import.meta.dirname, "../..");

// That the simulation finds them is `npm run verify`'s to show: it takes minutes.
test.each(BUGS)("the source still has what this bug breaks: $name", ({ edits }) => {
  for (const { file, find, replace } of edits) {
    expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  }
});
