import { describe, expect, test } from "vitest";
import { withoutChatter } from "../../scripts/local/chatter.ts";
import { greeting } from "../../scripts/local/greeting.ts";
import { readReport } from "../../scripts/local/migrations.ts";

const table = (...rows: string[]) =>
  ["┌──────┬────────┐", ...rows.map((row) => `│ ${row} │`), "└──────┴────────┘"].join("\n");

describe("the report of the migrations", () => {
  const named = table("0001_source.sql", "0002_read.sql");
  const first = table("0001_source.sql │ ✅    ", "0002_read.sql   │ 🕒️    ");
  const both = table("0001_source.sql │ ✅    ", "0002_read.sql   │ ✅    ");

  test("names each applied migration once", () => {
    const applied = ["0001_source.sql", "0002_read.sql"];
    expect(readReport([named, first, both].join("\n"))).toEqual({ applied, broken: undefined, reason: "" });
  });

  test("names the failed migration, with the reason", () => {
    const error = '\u001b[31m✘ \u001b[41m[ERROR]\u001b[0m near "CREAT": syntax error at offset 0: SQLITE_ERROR\n';
    expect(readReport([named, first, error].join("\n"))).toEqual({
      applied: ["0001_source.sql"],
      broken: "0002_read.sql",
      reason: 'near "CREAT": syntax error at offset 0: SQLITE_ERROR',
    });
  });

  test("is empty if the database was up to date", () => {
    expect(readReport("✅ No migrations to apply!\n")).toEqual({ applied: [], broken: undefined, reason: "" });
  });
});

test("of the output of wrangler, only known chatter is left out", () => {
  const said = [
    "Your Worker has access to the following bindings:",
    "env.DB (edgedesk)            D1 Database      local",
    "",
    "▲ [WARNING] Scheduled Workers are not automatically triggered during local development.",
    "",
    '    curl "http://127.0.0.1:8787/cdn-cgi/local/scheduled"',
    "  For more details, see https://developers.cloudflare.com/",
    "",
    "⎔ Starting local server...",
    "[wrangler:info] Ready on http://127.0.0.1:8787",
    '{"level":"info","event":"request","status":200}',
    "[wrangler:info] GET /health 200 OK (37ms)",
    "[wrangler:info] QUEUE ticket-projections 74/74 (21ms)",
    "▲ [WARNING] Unexpected fields found in top-level field: nmae",
    "",
    "",
    "⎔ Reloading local server...",
  ];
  expect(said.filter(withoutChatter())).toEqual([
    '{"level":"info","event":"request","status":200}',
    "[wrangler:info] QUEUE ticket-projections 74/74 (21ms)",
    "▲ [WARNING] Unexpected fields found in top-level field: nmae",
    "",
    "⎔ Reloading local server...",
  ]);
});

test("the requests to paste quote a key with a quote", () => {
  const text = greeting({ address: "http://127.0.0.1:1", key: "it's", folder: "data", seeded: 0 });
  expect(text).toContain("-H 'Authorization: Bearer it'\\''s'");
});
