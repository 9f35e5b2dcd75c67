import { describe, expect, test } from "vitest";
import { claimsOf, insistOnPlaces, standsIn, withTables } from "../../bench/report/document.ts";
import { cell, heading } from "../../bench/report/format.ts";
import { draw, inWords } from "../../bench/report/plot.ts";
import { plotsOf } from "../../bench/report/plots.ts";
import { logScale } from "../../bench/report/scale.ts";
import { tablesOf } from "../../bench/report/tables.ts";
import { RESULTS } from "./made-up.ts";
import { faultOf } from "./xml.ts";

describe("tables", () => {
  const tables = tablesOf(RESULTS);

  test("a table has a line a thing and system, a column a value and size, a sentence and its command", () => {
    expect(tables.get("lists")).toBe(
      `What one page of a list takes, by filter and order. \`npm run bench -- --only lists\`

| what | system | rows read, 10 k | rows read, 100 k | SQL, ms, 10 k | SQL, ms, 100 k |
|---|---|---:|---:|---:|---:|
| no filter | Edgedesk | 20 | 20 | 0.5 | 0.5 |
| no filter | compute-on-read | 100 | 100 | 2 | 2 |
| tag \\| status | Edgedesk | 40 | 40 | 1 | 1 |
| tag \\| status | compute-on-read | 20,000 | 200,000 | 10 | 100 |
| only here | Edgedesk | 9,999 | 9,999 | 9,999 | 9,999 |
| not served | Edgedesk | 1 |  | 1 |  |
| not served | compute-on-read | – |  | – |  |`,
    );
  });

  test("what could not be measured is a dash", () => {
    expect(tables.get("lag")).toContain("| 10 commands a second | Edgedesk | 12.3 | – |");
  });

  test("what is the same at each size is told once", () => {
    expect(tables.get("storage")).toContain(
      "| what | system | total, bytes, 10 k | total, bytes, 100 k | bytes a ticket | tickets in 500 MB | tickets in 10 GB |",
    );
    expect(tables.get("lag")).toMatch(/^How long .* With 10 k tickets\. `npm run bench -- --only lag`\n/u);
  });

  test("the machine is described", () => {
    expect(tables.get("machine")).toContain("| cores | 2, a made-up one |");
    expect(tables.get("machine")).toContain("| memory | 8 GB |");
  });

  test.each([
    [0.00012345, "0.000123"],
    [1.3, "1.3"],
    [160_160, "160,160"],
    [1_234.5, "1,235"],
    [null, "–"],
    [undefined, ""],
  ])("%s is written %s", (value, text) => expect(cell(value)).toBe(text));

  test.each([
    ["sql_ms", "SQL, ms"],
    ["of_floor", "× floor"],
    ["time_of_select_1", "time × SELECT 1"],
    ["ms", "ms"],
    ["p999_ms", "p99.9, ms"],
    ["commands_per_s", "commands a second"],
    ["lists_per_second", "lists a second"],
    ["total_usd", "total, $"],
    ["d1_calls", "D1 calls"],
    ["tickets", "tickets"],
  ])("%s is headed %s", (name, text) => expect(heading(name)).toBe(text));
});

describe("documents", () => {
  const tables = new Map([["one", "| a | 1,234 |"]]);
  const document = "before\n<!-- table:one -->\nold\n<!-- end -->\nbetween\n<!-- table:two -->\nold\n<!-- end -->\n";

  test("a table is written between its markers, and one that is gone is taken out", () => {
    const written =
      "before\n<!-- table:one -->\n| a | 1,234 |\n<!-- end -->\nbetween\n<!-- table:two -->\n<!-- end -->\n";
    expect(withTables(document, tables, "")).toBe(written);
    expect(withTables(written, tables, "")).toBe(written);
    expect(withTables("<!-- plots -->\n<!-- end -->", tables, "![x](x.svg)")).toBe(
      "<!-- plots -->\n![x](x.svg)\n<!-- end -->",
    );
  });

  test("a table without a place is told", () => {
    expect(() => insistOnPlaces(tables, [document])).not.toThrow();
    expect(() => insistOnPlaces(new Map([["three", ""]]), [document])).toThrow("three");
  });

  test("a claim is a whole cell of its table", () => {
    const written = withTables(document, tables, "");
    expect(claimsOf("It reads <!-- figure:one -->1,234<!-- end --> rows.")).toEqual([{ table: "one", text: "1,234" }]);
    expect(standsIn(written, "one", "1,234")).toBe(true);
    expect(standsIn(written, "one", "234")).toBe(false);
    expect(standsIn(written, "two", "1,234")).toBe(false);
  });
});

describe("plots", () => {
  const plots = plotsOf(RESULTS);

  test("they are of rows, time and money, by the views that all systems have", () => {
    expect([...plots.keys()]).toEqual(["rows-read.svg", "sql-time.svg", "money.svg"]);
    expect(plots.get("rows-read.svg")?.series).toEqual([
      {
        system: "edgedesk",
        points: [
          { tickets: 10_000, middle: 30, least: 20, most: 40 },
          { tickets: 100_000, middle: 30, least: 20, most: 40 },
        ],
      },
      {
        system: "compute-on-read",
        points: [
          { tickets: 10_000, middle: 10_050, least: 100, most: 20_000 },
          { tickets: 100_000, middle: 100_050, least: 100, most: 200_000 },
        ],
      },
    ]);
  });

  test("they are well-formed, and say in words what they show", () => {
    for (const plot of plots.values()) {
      const svg = draw(plot);
      expect(faultOf(svg)).toBeUndefined();
      expect(svg).toContain(inWords(plot));
      expect(svg).not.toContain("NaN");
      expect(svg).toContain("prefers-color-scheme:dark");
    }
    const plot = plots.get("rows-read.svg");
    expect(plot && inWords(plot)).toContain("Edgedesk 30 at 10 k, 30 at 100 k; compute-on-read 10,050 at 10 k");
    expect(plot && faultOf(draw({ ...plot, title: `< & >`, axis: "a & b" }))).toBeUndefined();
  });

  test("without figures there is none", () => expect(plotsOf({ ...RESULTS, figures: [] }).size).toBe(0));

  test("an axis goes from one power of ten to another, also where all values are the same", () => {
    expect(logScale([20, 300])).toMatchObject({ ticks: [10, 100, 1_000] });
    expect(logScale([1_000]).ticks).toEqual([1_000, 10_000]);
    expect(logScale([10, 1_000]).place(100)).toBeCloseTo(0.5);
  });

  test.each([
    ["<a>", "not ended"],
    ["<a></b>", "end without"],
    ["<a>&</a>", "not escaped"],
    ["<a/><b/>", "root"],
    ["<a>x", "end"],
  ])("%s is no XML", (xml, fault) => expect(faultOf(xml)).toContain(fault));
});
