import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimsOf, placesOf, standsIn } from "../../bench/report/document.ts";
import { DOCUMENTS, reportOf } from "../../bench/report/report.ts";
import { RESULTS, readResults } from "../../bench/run/results.ts";
import { PROJECT } from "../../bench/runtime/build.ts";
import { SUITES } from "../../bench/suites/index.ts";

function read(path: string): string {
  return readFileSync(join(PROJECT, path), "utf8");
}

test.skipIf(!existsSync(RESULTS))("tables and plots are those of bench/results.json", () => {
  const results = readResults();
  expect(results.failed).toEqual([]);
  const report = reportOf(results);
  for (const [path, content] of report) expect(read(path), `${path}: npm run bench -- --report-only`).toBe(content);
  const plots = readdirSync(join(PROJECT, "docs/performance")).filter((name) => name.endsWith(".svg"));
  expect(plots.filter((name) => !report.has(`docs/performance/${name}`))).toEqual([]);
});

test("each suite has a place", () => {
  const places = placesOf(DOCUMENTS.map(read));
  expect(SUITES.filter(({ name }) => !places.has(name))).toEqual([]);
});

test("every figure that is marked stands in the table that it names", () => {
  const tables = DOCUMENTS.map(read).join("\n");
  for (const path of ["README.md", "docs/sizing.md", ...DOCUMENTS]) {
    const wrong = claimsOf(read(path)).filter(({ table, text }) => !standsIn(tables, table, text));
    expect(wrong, path).toEqual([]);
  }
});
