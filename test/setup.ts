import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, expect } from "vitest";
import { violations } from "./recorder.ts";
import { emptyTables } from "./service.ts";
import { unboundedStatements } from "./statements/unbounded.ts";
import { oversizedRow } from "./stored-rows.ts";

// Test files share a runtime and its database: each begins with empty tables.
await applyD1Migrations(env.DB, env.MIGRATIONS);
await emptyTables();

// An error may be caught on its way: what production refuses fails the file all the same.
afterAll(async () => {
  expect(violations.splice(0)).toEqual([]);
  expect(await oversizedRow(env.DB)).toBeUndefined();
});

// Each statement that a test makes the service send is held to its workspace.
afterEach(() => {
  expect(
    unboundedStatements(),
    "each is narrowed to a workspace, or has its reason in test/statements/whole-database.ts",
  ).toEqual([]);
});
