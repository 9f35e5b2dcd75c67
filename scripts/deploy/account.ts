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
 * Who deploys, and to which account, in words.
 *
 * @throws Failure if nobody is logged in.
 */
export async function logIn(wrangler: Wrangler): Promise<string> {
  const { ok, stdout } = await wrangler(["whoami", "--json"]);
  const identity = Identity.safeParse(parseJson(stdout)).data;
  if (identity?.loggedIn === false) {
    throw new Failure("nobody is logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN");
  }
  // A token may deploy and yet not read its own user or account list; the next step needs both and knows more.
  if (!ok || identity === undefined) return "the account cannot be named with this token";
  const chosen = process.env["CLOUDFLARE_ACCOUNT_ID"];
  const account = identity.accounts.find(({ id }) => id === chosen || identity.accounts.length === 1);
  const where = account === undefined ? "" : `account "${account.name}" (${account.id})`;
  return [identity.email, where].filter(Boolean).join(", ") || "logged in";
}

/**
 * Makes the database if the account has none of this name. Wrangler would make it during the deployment, but migrations come
 * before that, and `d1 migrations apply --remote` looks the database up by its name (`getDatabaseByNameOrBinding`). The
 * deployment then finds it by the same name (`D1Handler.isConnectedToExistingResource`), so that wrangler.toml needs no id.
 */
export async function ensureDatabase(wrangler: Wrangler, name: string): Promise<Ensured> {
  const listed = await wrangler(["d1", "list", "--json"]);
  if (!listed.ok) throw new Failure(listed.reason);
  const databases = Databases.safeParse(parseJson(listed.stdout)).data;
  if (databases === undefined) throw new Failure("`wrangler d1 list --json` gave no list of databases");
  if (databases.some((database) => database.name === name)) return "is there";
  const created = await wrangler(["d1", "create", name]);
  if (!created.ok) throw new Failure(created.reason);
  return "made";
}

/**
 * Makes a queue if the account has none of this name. With the queues there, the deployment has nothing left to provision, so
 * that what it does is the same the first time as every other time.
 */
export async function ensureQueue(wrangler: Wrangler, name: string): Promise<Ensured> {
  const found = await wrangler(["queues", "info", name]);
  if (found.ok) return "is there";
  if (!/does not exist/u.test(found.reason)) throw new Failure(found.reason);
  const created = await wrangler(["queues", "create", name]);
  if (!created.ok) throw new Failure(created.reason);
  return "made";
}

/** Whether the deployed Worker has a secret of this name; a Worker that is not there yet has none. */
export async function hasSecret(wrangler: Wrangler, name: string): Promise<boolean> {
  const listed = await wrangler(["secret", "list", "--format", "json"]);
  if (!listed.ok) {
    if (/Worker ".*" not found/u.test(listed.reason)) return false;
    throw new Failure(listed.reason);
  }
  const secrets = Secrets.safeParse(parseJson(listed.stdout)).data;
  if (secrets === undefined) throw new Failure("`wrangler secret list` gave no list of secrets");
  return secrets.some((secret) => secret.name === name);
}

/** What became of something that the account has to have. */
export type Ensured = "is there" | "made";
