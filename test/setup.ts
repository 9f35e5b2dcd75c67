import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, expect } from "vitest";
import { violations } from "./recorder.ts";
import { oversizedRow } from "./stored-rows.ts";

await applyD1Migrations(env.DB, env.MIGRATIONS);

// An error may be caught on its way: what production refuses fails the file all the same.
afterAll(async () => {
  expect(violations).toEqual([]);
  expect(await oversizedRow(env.DB)).toBeUndefined();
});
