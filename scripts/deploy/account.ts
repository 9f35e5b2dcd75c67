import { z } from "zod";
import { parseJson } from "../answers.ts";
import { Failure } from "../local/run.ts";
import type { Wrangler } from "./wrangler.ts";

const Identity = z.object({
  loggedIn: z.boolean(),
  email: z.string().nullish(),
  accounts: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
const Databases = z.array(z.object({ name: z.string() }));
const Secrets = z.array(z.object({ name: z.string() }));

/**
 * Names the user and the account of the deployment.
 *
 * @throws Failure without a login.
 */
export async function logIn(wrangler: Wrangler): Promise<string> {
  const { ok, stdout } = await wrangler(["whoami", "--json"]);
  const identity = Identity.safeParse(parseJson(stdout)).data;
  if (identity?.loggedIn === false) {
    throw new Failure("wrangler is not logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN");
  }
  // A token may deploy without the right to read its user or the list of accounts; the next step gives a better error.
  if (!ok || identity === undefined) return "this token cannot read the name of the account";
  const chosen = process.env["CLOUDFLARE_ACCOUNT_ID"];
  const account = identity.accounts.find(({ id }) => id === chosen || identity.accounts.length === 1);
  const where = account === undefined ? "" : `account "${account.name}" (${account.id})`;
  return [identity.email, where].filter(Boolean).join(", ") || "logged in";
}

/**
 * Creates the database if the account has none of this name. Wrangler would create it during the deployment, but migrations come
 * before, and `d1 migrations apply --remote` finds the database by its name (`getDatabaseByNameOrBinding`). The deployment finds it
 * by the same name (`D1Handler.isConnectedToExistingResource`), so wrangler.toml needs no id.
 */
export async function ensureDatabase(wrangler: Wrangler, name: string): Promise<Ensured> {
  const listed = await wrangler(["d1", "list", "--json"]);
  if (!listed.ok) throw new Failure(listed.reason);
  const databases = Databases.safeParse(parseJson(listed.stdout)).data;
  if (databases === undefined) throw new Failure("`wrangler d1 list --json` returned no list of databases");
  if (databases.some((database) => database.name === name)) return "exists";
  const created = await wrangler(["d1", "create", name]);
  if (!created.ok) throw new Failure(created.reason);
  return "created";
}

/**
 * Creates a queue if the account has none of this name. The deployment then has nothing to provision, and does the same each time.
 */
export async function ensureQueue(wrangler: Wrangler, name: string): Promise<Ensured> {
  const found = await wrangler(["queues", "info", name]);
  if (found.ok) return "exists";
  if (!/does not exist/u.test(found.reason)) throw new Failure(found.reason);
  const created = await wrangler(["queues", "create", name]);
  if (!created.ok) throw new Failure(created.reason);
  return "created";
}

/** Tells whether the deployed Worker has a secret of this name; false without a deployed Worker. */
export async function hasSecret(wrangler: Wrangler, name: string): Promise<boolean> {
  const listed = await wrangler(["secret", "list", "--format", "json"]);
  if (!listed.ok) {
    if (/Worker ".*" not found/u.test(listed.reason)) return false;
    throw new Failure(listed.reason);
  }
  const secrets = Secrets.safeParse(parseJson(listed.stdout)).data;
  if (secrets === undefined) throw new Failure("`wrangler secret list` returned no list of secrets");
  return secrets.some((secret) => secret.name === name);
}

/** The outcome for a resource that the account must have. */
export type Ensured = "exists" | "created";
