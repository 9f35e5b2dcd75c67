/**
 * Stands in for wrangler: the commands that `npm run deploy` calls, over an account in a JSON file (`ACCOUNT`). It refuses what
 * wrangler refuses, in wrangler's words, and notes what must never happen.
 */
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Account } from "./stage.ts";

class Refusal extends Error {}

const MIGRATIONS = ["0001_source.sql", "0002_read.sql"];
const file = process.env["ACCOUNT"] ?? "";
const account: Account = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const call = args.join(" ");

account.calls.push(call);
if (process.env["ROOT_KEY"] !== undefined) account.faults.push("the key is in wrangler's environment");
if (process.stdin.isTTY) account.faults.push("wrangler could ask");
const trouble = account.troubles.find(({ at }) => call.startsWith(at));
account.troubles = account.troubles.filter((other) => other !== trouble);
save();

try {
  if (trouble?.hangs) await pause(60_000);
  if (trouble !== undefined && !trouble.after) fail(trouble.message);
  process.stdout.write(`${answer()}\n`);
  save();
  if (trouble?.after) fail(trouble.message);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`✘ [ERROR] ${error.message}\n\n\n🪵  Logs were written to "/somewhere/wrangler.log"\n`);
  process.exitCode = 1;
}

function answer(): string {
  const name = args.at(-1) ?? "";
  if (call === "whoami --json") return JSON.stringify(whoAmI());
  if (call === "d1 list --json")
    return JSON.stringify(Object.keys(account.databases).map((database) => ({ name: database })));
  if (call === `d1 create ${name}`) return create(name);
  if (call === `queues info ${name}`) {
    if (account.queues.includes(name)) return `Queue Name: ${name}`;
    throw new Refusal(`Queue "${name}" does not exist. To create it, run: wrangler queues create ${name}`);
  }
  if (call === `queues create ${name}`) {
    if (account.queues.includes(name)) throw new Refusal(`Queue name '${name}' is already taken.`);
    account.queues.push(name);
    return `✅ Created queue '${name}'`;
  }
  if (call === "secret list --format json") return JSON.stringify(secrets().map((secret) => ({ name: secret })));
  if (call === "d1 migrations apply DB --remote") return migrate();
  if (args[0] === "deploy") return deploy();
  throw new Refusal(`Unknown arguments: ${args.join(", ")}`);
}

function whoAmI() {
  if (account.loggedIn) return { loggedIn: true, email: "a@example.com", accounts: [{ id: "abc", name: "Acme" }] };
  process.exitCode = 1;
  return { loggedIn: false };
}

function create(name: string): string {
  if (name in account.databases) throw new Refusal("A database with that name already exists");
  account.databases[name] = [];
  return `✅ Successfully created DB '${name}'`;
}

function secrets(): string[] {
  if (account.worker !== undefined) return Object.keys(account.worker.secrets);
  throw new Refusal(
    'Worker "edgedesk" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.',
  );
}

function migrate(): string {
  const database = account.databases["edgedesk"];
  if (database === undefined) throw new Refusal("Couldn't find a D1 DB named 'edgedesk' (bound as 'DB') in the API.");
  const lacking = MIGRATIONS.filter((migration) => !database.includes(migration));
  account.databases["edgedesk"] = MIGRATIONS;
  if (lacking.length === 0) return "✅ No migrations to apply!";
  return lacking.map((migration) => `│ ${migration} │ ✅ │`).join("\n");
}

function deploy(): string {
  if (!account.subdomain) {
    throw new Refusal(
      "You can either deploy your worker to one or more routes by specifying them in your wrangler.toml file, or register a " +
        "workers.dev subdomain here:\nhttps://dash.cloudflare.com/abc/workers/onboarding",
    );
  }
  const secretsFile = args[args.indexOf("--secrets-file") + 1];
  const bound = { ...account.worker?.secrets };
  if (args.includes("--secrets-file") && secretsFile !== undefined) {
    Object.assign(bound, JSON.parse(readFileSync(secretsFile, "utf8")));
    account.secretsFiles.push({ path: secretsFile, mode: (statSync(secretsFile).mode & 0o777).toString(8) });
  }
  if (!args.includes("--minify")) account.faults.push("not minified");
  if (bound["ROOT_KEY"] === undefined) account.faults.push("a version ran without its secret");
  if (account.databases["edgedesk"]?.length !== MIGRATIONS.length)
    account.faults.push("a version ran before its migrations");
  if (account.queues.length !== 2) account.faults.push("the deployment had to make a queue");
  account.worker = { secrets: bound, versions: (account.worker?.versions ?? 0) + 1 };
  const size = { raw_bytes: 400_000, gzip_bytes: 136_200 };
  const entry = { type: "deploy", targets: [account.url, "schedule: * * * * *"], bundle_size: size };
  appendFileSync(process.env["WRANGLER_OUTPUT_FILE_PATH"] ?? "", `${JSON.stringify(entry)}\n`);
  return "Uploaded edgedesk";
}

function fail(message = "A request to the Cloudflare API failed.\n\n  internal error [code: 10001]"): never {
  throw new Refusal(message);
}

function save(): void {
  writeFileSync(file, JSON.stringify(account));
}
