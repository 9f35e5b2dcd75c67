import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, expect } from "vitest";
import { violations } from "./recorder.ts";
import { watchStatements } from "./statements/watch.ts";
import { lacking } from "./statements/whole-database.ts";
import { oversizedRow } from "./stored-rows.ts";

await applyD1Migrations(env.DB, env.MIGRATIONS);

// An error may be caught on its way: what production refuses fails the file all the same.
afterAll(async () => {
  expect(violations).toEqual([]);
  expect(await oversizedRow(env.DB)).toBeUndefined();
});

// Each statement that a test makes the service send is held to its workspace.
const known = new Set<string>();
const unbounded = new Set<string>();
watchStatements(({ sql }) => {
  if (known.has(sql)) return;
  known.add(sql);
  const lack = lacking(sql);
  if (lack !== undefined) unbounded.add(lack);
});
afterEach(() => {
  const found = [...unbounded];
  unbounded.clear();
  expect(found, "each is narrowed to a workspace, or has its reason in test/statements/whole-database.ts").toEqual([]);
});
