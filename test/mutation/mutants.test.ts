import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeEdits } from "./code-mutants.ts";
import { AREAS, type Area, mutantsOf, sampleOf } from "./sample.ts";
import { sqlEdits } from "./sql-mutants.ts";

const root = join(import.meta.dirname, "../..");

const applied = (text: string, { start, end, text: by }: { start: number; end: number; text: string }) =>
  text.slice(0, start) + by + text.slice(end);

const ofSql = (sql: string) => sqlEdits(sql).map((edit) => applied(sql, edit));
const ofCode = (source: string) => codeEdits("a.ts", source).map((edit) => applied(source, edit));

describe("changes of SQL", () => {
  it("drop each condition, and turn each comparison", () => {
    expect(ofSql("SELECT id FROM t WHERE workspace_id = ?1 AND seq <= ${limit} ORDER BY id DESC")).toEqual([
      "SELECT id FROM t WHERE (workspace_id = ?1 OR true) AND seq <= ${limit} ORDER BY id DESC",
      "SELECT id FROM t WHERE workspace_id <> ?1 AND seq <= ${limit} ORDER BY id DESC",
      "SELECT id FROM t WHERE workspace_id = ?1 AND (seq <= ${limit} OR true) ORDER BY id DESC",
      "SELECT id FROM t WHERE workspace_id = ?1 AND seq < ${limit} ORDER BY id DESC",
      "SELECT id FROM t WHERE workspace_id = ?1 AND seq <= ${limit} ORDER BY id ASC",
    ]);
  });

  it("drop assignments, swap min and max, and leave what is no condition", () => {
    expect(ofSql("UPDATE t SET at = max(at, ?1), seq = seq + 2 WHERE true")).toEqual([
      "UPDATE t SET at = min(at, ?1), seq = seq + 2 WHERE true",
      "UPDATE t SET at = max(at, ?1) WHERE true",
      "UPDATE t SET at = max(at, ?1), seq = seq - 2 WHERE true",
      "UPDATE t SET at = max(at, ?1), seq = seq + 3 WHERE true",
    ]);
    expect(ofSql("CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u WHERE id = new.id; END")).toEqual([
      "CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u WHERE (id = new.id OR true); END",
      "CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u WHERE id <> new.id; END",
    ]);
  });
});

describe("changes of code", () => {
  it("are comparisons, conditions, constants, calls and statements", () => {
    expect(ofCode("if (a < 2) stop();")).toEqual([
      "if (true) stop();",
      "if (false) stop();",
      "if ((a) <= (2)) stop();",
      "if ((a) >= (2)) stop();",
      "if (a < 3) stop();",
      "if (a < 1) stop();",
      "if (a < 20) stop();",
      "if (a < 2) ;",
    ]);
    expect(ofCode("const b: number = Math.max(1, n) as number;")).toEqual([
      "const b: number = Math.min(1, n) as number;",
      "const b: number = Math.max(2, n) as number;",
    ]);
  });

  it("are of the SQL in templates, too", () => {
    expect(ofCode("const sql = `DELETE FROM t WHERE id = ${id}`;")).toContain(
      "const sql = `DELETE FROM t WHERE (id = ${id} OR true)`;",
    );
  });
});

describe("a sample", () => {
  it("is the same for the same seed, and another one for another", () => {
    const ids = (seed: number) =>
      sampleOf(root, ["keys", "search"], seed, 20).map(({ file, line, to }) => [file, line, to]);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
    expect(ids(1)).toHaveLength(40);
  });

  it.each(Object.keys(AREAS) as Area[])("has at least 50 of %s, and each changes its file", (area) => {
    const mutants = mutantsOf(root, area);
    expect(mutants.length).toBeGreaterThanOrEqual(50);
    expect(mutants.filter(({ from, to }) => from === to)).toEqual([]);
  });
});
