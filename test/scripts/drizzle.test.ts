import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** What the Worker may import of Drizzle. The query builder alone is 8 KB of the bundle (docs/decisions/0022). */
const ALLOWED = new Set(["getTableColumns", "getTableName", "integer", "sqliteTable", "text", "type SQLiteTable"]);

/** The names that a source imports of Drizzle, and are not allowed. */
function forbidden(source: string): string[] {
  const imports = source.matchAll(/^import (type )?\{([^}]*)\} from "drizzle-orm[^"]*";/gmu);
  const names = [...imports].flatMap(([, type = "", list = ""]) => list.split(",").map((name) => type + name.trim()));
  const all = source.match(/from "drizzle-orm/gu)?.length ?? 0;
  const known = source.match(/^import (?:type )?\{[^}]*\} from "drizzle-orm/gmu)?.length ?? 0;
  return [...names.filter((name) => name !== "" && !ALLOWED.has(name)), ...(all > known ? ["another import"] : [])];
}

test("the Worker takes nothing of Drizzle but its tables", () => {
  const files = globSync("src/**/*.ts", { cwd: ROOT });
  const wrong = files.flatMap((file) =>
    forbidden(readFileSync(join(ROOT, file), "utf8")).map((name) => `${file}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

test.each([
  ['import { eq, getTableName } from "drizzle-orm";', ["eq"]],
  ['import { QueryBuilder } from "drizzle-orm/sqlite-core";', ["QueryBuilder"]],
  ['import { drizzle } from "drizzle-orm/d1";', ["drizzle"]],
  ['import * as orm from "drizzle-orm";', ["another import"]],
])("%s is refused", (source, names) => {
  expect(forbidden(source)).toEqual(names);
});
