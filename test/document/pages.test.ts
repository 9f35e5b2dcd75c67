import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { openApiDocument } from "../../src/http/openapi.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].concat(
  globSync("docs/**/*.md", { cwd: root }).toSorted(),
);

/** Bytes of the pages in docs/ that people write. Generated tables are in docs/figures. */
const MAX_HAND_WRITTEN = 150 * 1024;

/** Made by commands, and ignored by git. */
const IGNORED = ["bench/.cache"];

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): string[] {
  const prose = read(page).replaceAll(/^```.*?^```$/gmsu, "");
  return [...prose.matchAll(/^#+ (.+)$/gmu)].map(([, title = ""]) =>
    title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(PAGES)("%s", (page) => {
  const text = read(page);

  it("links to pages and headings that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/gu)];
    const broken = links.filter(([, path = "", anchor]) => {
      const target = path === "" ? page : relative(root, join(root, dirname(page), path));
      return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it("has no blank line within a table, which would end it", () => {
    const rows = text.replaceAll(/^```.*?^```$/gmsu, "").match(/^\|.*\n\n+\|.*\n(?!\|[\s:|-]+$)/gmu) ?? [];
    expect(rows).toEqual([]);
  });

  it("names paths that exist", () => {
    const made = new Set([...IGNORED, ...[...text.matchAll(/^\+\+\+ b\/(.+)$/gmu)].map(([, path]) => path)]);
    const paths = text.match(/(?<![\w./])(?:src|test|docs|bench|scripts|migrations|findings)\/[\w./-]*\w/gu) ?? [];
    expect(paths.filter((path) => !made.has(path) && !existsSync(join(root, path)))).toEqual([]);
  });
});

test("README.md has at most 130 lines", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(130);
});

test("the hand-written pages in docs/ have at most 150 KB", () => {
  const pages = globSync("docs/**/*.md", { cwd: root }).filter((page) => !page.startsWith("docs/figures/"));
  const bytes = pages.reduce((sum, page) => sum + Buffer.byteLength(read(page)), 0);
  expect(bytes, "link to the page that has it, or shorten").toBeLessThanOrEqual(MAX_HAND_WRITTEN);
});

test("docs/README.md leads to every page but the decisions", () => {
  const contents = read("docs/README.md");
  const missing = globSync("docs/**/*.md", { cwd: root }).filter(
    (page) => !/^docs\/(?:README\.md$|decisions\/)/u.test(page) && !contents.includes(`](${relative("docs", page)})`),
  );
  expect(missing).toEqual([]);
});

test("docs/api.md has the operations of the OpenAPI document", () => {
  const operations = Object.entries(openApiDocument(app).paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => ["get", "post", "put", "patch", "delete"].includes(key))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  const rows = [...read("docs/api.md").matchAll(/^\| ((?:`[A-Z]+`, )*`[A-Z]+ \/[^`]+`) \|/gmu)];
  const listed = rows.flatMap(([, cell = ""]) => {
    const [path] = /\/[^`]+/u.exec(cell) ?? [];
    return (cell.match(/[A-Z]+(?=[` ])/gu) ?? []).map((method) => `${method} ${path}`);
  });
  expect(listed.toSorted()).toEqual(operations.filter((operation) => operation !== "GET /openapi.json").toSorted());
});
