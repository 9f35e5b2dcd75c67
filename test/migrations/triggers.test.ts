import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { triggerLines } from "../../scripts/migrations/trigger-lines.ts";
import { emptyDatabase } from "./old-database.ts";
import { MIGRATIONS } from "./sets.ts";

const ROOT = join(import.meta.dirname, "../..");
const READABLE = join(ROOT, "src/platform/tables/triggers");

/** The longest line of SQL in `src/`, in columns. */
const MAX_COLUMNS = 140;

const SQL = /\b(?:SELECT|FROM|JOIN|WHERE|AND|INSERT|VALUES|UPDATE|SET|DELETE|CONFLICT|WITH|ORDER BY|EXISTS|TRIGGER)\b/u;

/** Why production refuses the triggers of a migration (docs/decisions/0021); empty if it takes them. */
function refusals(sql: string): string[] {
  const lines = sql.split("\n").filter((line) => /\bTRIGGER\b/iu.test(line) && !/^(--|DROP )/u.test(line));
  return lines.filter((line) => !/^CREATE TRIGGER \w+ .* BEGIN (?:(?!\b(?:BEGIN|CASE)\b).)+; END;$/u.test(line));
}

test("each trigger of a migration is one line with BEGIN and END in upper case, and without CASE", () => {
  for (const file of readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"))) {
    const sql = readFileSync(join(MIGRATIONS, file), "utf8");
    expect(refusals(sql), file).toEqual([]);
    expect(sql.includes("\r"), file).toBe(false);
  }
});

test.each([
  ["several lines", "CREATE TRIGGER one AFTER INSERT ON t\nBEGIN DELETE FROM t; END;"],
  ["a lower-case begin", "CREATE TRIGGER one AFTER INSERT ON t begin DELETE FROM t; END;"],
  ["a lower-case end", "CREATE TRIGGER one AFTER INSERT ON t BEGIN DELETE FROM t; end;"],
  ["CASE", "CREATE TRIGGER one AFTER INSERT ON t BEGIN UPDATE t SET a = CASE a WHEN 1 THEN 2 END; END;"],
  ["a trigger in lower case", "create trigger one AFTER INSERT ON t BEGIN DELETE FROM t; END;"],
])("the rule refuses %s", (_, sql) => {
  expect(refusals(sql)).toHaveLength(1);
});

test("the readable source of each trigger says what the migrations made", () => {
  const sources = readdirSync(READABLE).map((file) => readFileSync(join(READABLE, file), "utf8"));
  const readable = sources.flatMap((source) => [...triggerLines(source)]);
  const made = emptyDatabase({ edited: {} }).peek<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'",
  );
  const byName = (one: readonly [string, string], other: readonly [string, string]) => (one[0] < other[0] ? -1 : 1);
  expect(readable.toSorted(byName)).toEqual(made.map(({ name, sql }) => [name, `${sql};`] as const).toSorted(byName));
});

test("the one-line form drops comments, line breaks and the blanks inside parentheses", () => {
  const source =
    "-- Why.\nCREATE TRIGGER one\nAFTER INSERT ON t -- here\nBEGIN\n  DELETE FROM t\n  WHERE a IN (\n    1\n  );\nEND;\n";
  expect([...triggerLines(source)]).toEqual([
    ["one", "CREATE TRIGGER one AFTER INSERT ON t BEGIN DELETE FROM t WHERE a IN (1); END;"],
  ]);
});

test(`no line of SQL in src/ has more than ${MAX_COLUMNS} columns`, () => {
  const files = globSync("src/**/*.{ts,sql}", { cwd: ROOT });
  const long = files.flatMap((file) => {
    const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
    return lines.flatMap((line, index) =>
      line.length > MAX_COLUMNS && (SQL.test(line) || file.endsWith(".sql")) ? [`${file}:${index + 1}`] : [],
    );
  });
  expect(long).toEqual([]);
});
