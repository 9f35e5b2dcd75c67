import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { CACHE } from "../../bench/data/cache.ts";
import { isFull, readOptions } from "../../bench/run/options.ts";
import { shareOf } from "../../bench/run/progress.ts";
import { type Results, readResults, writeResults } from "../../bench/run/results.ts";
import { startScript } from "../scripts/run-script.ts";
import { RESULTS } from "./made-up.ts";

const folder = mkdtempSync(join(tmpdir(), "edgedesk-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(...args: string[]) {
  return startScript("../bench/bench.ts", args);
}

describe("options", () => {
  const read = (...args: string[]) => readOptions(args, ["lists", "bundle"]);

  test("without any, all is measured", () => {
    const options = read();
    expect(options).toEqual({
      task: "measure",
      sizes: [10_000, 100_000, 1_000_000],
      isQuick: false,
      only: [],
      json: undefined,
    });
    expect(options.task === "measure" && isFull(options)).toBe(true);
  });

  test.each([["--quick"], ["--only", "lists"], ["--tickets", "10000"]])(
    "with %s the documents stay as they are",
    (...args) => {
      const options = read(...args);
      expect(options.task === "measure" && isFull(options)).toBe(false);
    },
  );

  test("a quick run is of small sizes, unless others are given", () => {
    expect(read("--quick")).toMatchObject({ sizes: [1_000, 10_000], isQuick: true });
    expect(read("--quick", "--tickets", "500, 20,500")).toMatchObject({ sizes: [20, 500], isQuick: true });
    expect(read("--only", "bundle", "--only", "lists,bundle")).toMatchObject({ only: ["bundle", "lists"] });
  });

  test.each([
    [["--only", "nothing"], "lists, bundle"],
    [["--tickets", "many"], '"many"'],
    [["--tickets", "0"], '"0"'],
    [["--tickets", "3000000"], "2,000,000"],
    [["--json", "/"], "folder"],
    [["--json", "/no/such/file"], "no folder"],
    [["--report-only", "--quick"], "no other"],
    [["--fast"], "--fast"],
    [["lists"], "lists"],
  ])("%j is told", (args, told) => expect(() => read(...args)).toThrow(told));
});

test("what is done of the whole is weighed by minutes", () => {
  const parts = [
    { name: "short", minutes: 1 },
    { name: "long", minutes: 3 },
  ];
  expect([shareOf(parts, 0, 0), shareOf(parts, 0, 1), shareOf(parts, 1, 0.5), shareOf(parts, 1, 1)]).toEqual([
    0, 0.25, 0.625, 1,
  ]);
});

test("results are read as they are written, and others are refused", () => {
  const path = join(folder, "results.json");
  writeResults(path, RESULTS);
  expect(readResults(path)).toEqual(RESULTS);
  expect(
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.includes('"suite"')),
  ).toHaveLength(RESULTS.figures.length);
  const none: Results = { ...RESULTS, figures: [] };
  writeResults(path, none);
  expect(readResults(path)).toEqual(none);
  expect(() => readResults(join(folder, "nothing.json"))).toThrow("npm run bench");
});

test("a suite is run by its name, and its results are written where it is said", async () => {
  const path = join(folder, "bundle.json");
  const { code, stdout, stderr } = await bench("--only", "bundle", "--json", path).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("| the Worker | Edgedesk |");
  const { figures, options } = readResults(path);
  expect(options.only).toEqual(["bundle"]);
  expect(figures).toHaveLength(1);
  expect(figures[0]?.values["gzipped_bytes"]).toBeLessThanOrEqual(200_000);
});

test("Ctrl-C ends it, and nothing is left", async () => {
  const path = join(folder, "never.json");
  const { child, ended } = bench("--only", "bundle", "--json", path);
  const workplace = join(CACHE, `bench-${child.pid}`);
  while (!existsSync(join(workplace, "bundle"))) await pause(20);
  child.kill("SIGINT");
  const { code, lastError } = await ended;
  expect({ code, lastError }).toEqual({ code: 130, lastError: expect.stringContaining("Stopped") });
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(CACHE)).not.toContain(`bench-${child.pid}`);
});

test("wrong options end it with 2, and help with 0", async () => {
  expect(await bench("--only", "nothing").ended).toMatchObject({
    code: 2,
    lastError: expect.stringContaining("bundle"),
  });
  expect(await bench("--help").ended).toMatchObject({ code: 0, stdout: expect.stringContaining("--report-only") });
});
