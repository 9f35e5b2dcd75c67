import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { formatKey } from "../../src/keys/key.ts";
import { NEWEST_EVENTS, TEXT_LENGTH } from "../../src/projection/read-models/ticket-list/search-text.ts";
import { MAX_SCANNED_EVENTS } from "../../src/queries/source/feed.ts";
import { PAGE_CHARACTERS } from "../../src/queries/source/history.ts";
import { MAX_WORDS } from "../../src/search/words.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/security.md");

describe("docs/security.md", () => {
  const files = [...new Set(page.match(/\b(?:test|src|docs)\/[\w./-]+\.\w+/g))];

  it.each(files)("names %s, which exists", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it.each(Array.from({ length: 10 }, (_, index) => `API${index + 1}`))(
    "has a row for %s, with the test that shows it",
    (risk) => {
      const rows = page.split("\n").filter((line) => line.startsWith(`| ${risk} `));
      expect(rows).toHaveLength(1);
      const cells = rows[0]?.split(" | ") ?? [];
      expect(cells).toHaveLength(4);
      expect(cells.at(-1)).toMatch(/`test\/[\w./-]+\.test\.ts`/);
    },
  );

  it("gives secret scanners a pattern that finds keys", () => {
    const [pattern = "none"] = /^edk_.*$/m.exec(page) ?? [];
    const key = formatKey("019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b", new Uint8Array(32).fill(0x5e));
    expect(key).toMatch(new RegExp(`^${pattern}$`));
  });

  it("links to headings that it has", () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links).toEqual(headings);
  });
});

/** A number as the pages write it. */
const figure = (value: number) => value.toLocaleString("en");

describe.each([
  [
    "docs/api.md",
    [`${MAX_WORDS} words`, `${TEXT_LENGTH / 1024} KB`, figure(TEXT_LENGTH), `newest ${NEWEST_EVENTS} events`],
  ],
  ["docs/api.md", [`${figure(MAX_SCANNED_EVENTS)} events`, `${figure(PAGE_CHARACTERS)} characters`]],
  ["docs/security.md", [`${MAX_WORDS} words`, `${TEXT_LENGTH / 1024} KB`, `${figure(MAX_SCANNED_EVENTS)} events`]],
])("%s states the limits that the code has", (path, limits) => {
  const text = read(path);

  it.each(limits)("%s", (limit) => {
    expect(text).toContain(limit);
  });
});

test("the service fetches nothing, and runs nothing that comes as text", () => {
  const sources = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.startsWith("src/client/"));
  expect(sources.length).toBeGreaterThan(50);
  const outside = /(?<![.\w])fetch\(|WebSocket|\bconnect\(|cloudflare:sockets|\beval\(|new Function\b|import\(/;
  expect(sources.filter((path) => outside.test(read(path)))).toEqual([]);
});

test("Cloudflare's own log of invocations, which has addresses and headers, is off", () => {
  expect(read("wrangler.toml")).toMatch(/^\[observability\.logs\]\nenabled = true\ninvocation_logs = false$/m);
});
