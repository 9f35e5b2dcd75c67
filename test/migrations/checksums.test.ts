import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKSUMS, wrongChecksums } from "./checksums.ts";
import { MIGRATIONS } from "./sets.ts";

test("a released migration is never edited: every migration has its recorded checksum", () => {
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith(".sql"));
  const texts = files.map((file) => [file, readFileSync(join(MIGRATIONS, file), "utf8")] as const);
  expect(wrongChecksums(readFileSync(join(MIGRATIONS, CHECKSUMS), "utf8"), new Map(texts))).toEqual([]);
});

test("the folder of the migrations has nothing else", () => {
  expect(readdirSync(MIGRATIONS).filter((file) => !/^\d{4}_[a-z_]+\.sql$/u.test(file))).toEqual([CHECKSUMS]);
});

describe("the check says what to do about", () => {
  const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const recorded = `${EMPTY}  0001_first.sql\n`;

  test("an edited migration", () => {
    expect(wrongChecksums(recorded, new Map([["0001_first.sql", "-- More."]]))).toEqual([
      expect.stringMatching(/^0001_first\.sql was edited\. .* write a new migration /u),
    ]);
  });

  test("a new migration", () => {
    const files = new Map(["0001_first.sql", "0002_second.sql"].map((name) => [name, ""]));
    expect(wrongChecksums(recorded, files)).toEqual([
      `0002_second.sql is new. Append this line to migrations/SHA256SUMS: ${EMPTY}  0002_second.sql`,
    ]);
  });

  test("a removed migration", () => {
    expect(wrongChecksums(recorded, new Map())).toEqual([expect.stringMatching(/^0001_first\.sql was removed /u)]);
  });
});
