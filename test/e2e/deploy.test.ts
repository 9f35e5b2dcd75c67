import { afterEach, beforeEach, expect, test } from "vitest";
import { Stage, shownKey } from "../scripts/deploy/stage.ts";
import { CloudflareApi } from "./cloudflare-api.ts";

// The wrangler of the lockfile itself, over a stand-in for Cloudflare's API: its commands, options and answers, and the database and
// the queues that it finds by their names, are what `npm run deploy` takes them for.

let stage: Stage;
let api: CloudflareApi;
beforeEach(async () => {
  stage = await new Stage().open();
  stage.answer = (path, key) => (path === "/health" || key !== undefined ? 200 : 401);
  api = await new CloudflareApi().open();
});
afterEach(() => {
  stage.close();
  api.close();
});

const deploy = () =>
  stage.run(["--url", stage.account().url], {
    WRANGLER: "",
    CLOUDFLARE_API_BASE_URL: api.url,
    CLOUDFLARE_API_TOKEN: "a-token",
    // Wrangler remembers the account that it used; in the project's own cache, a fake one would be there for real deployments.
    WRANGLER_CACHE_DIR: stage.folder,
    HOME: stage.folder,
    XDG_CONFIG_HOME: stage.folder,
  });

const tablesOf = (name: string) =>
  api.databases
    .get(name)
    ?.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map((table) => table["name"]);

const worker = "/accounts/abc/workers/scripts/edgedesk";

test("fills an empty account, and later updates it", async () => {
  const first = await deploy();

  expect(first.stderr).toBe("");
  expect(first.code).toBe(0);
  expect(api.unknown).toEqual([]);
  expect(api.changes).toEqual([
    "POST /accounts/abc/d1/database",
    "POST /accounts/abc/queues",
    "POST /accounts/abc/queues",
    `POST ${worker}/assets-upload-session`,
    "POST /accounts/abc/workers/assets/upload",
    // The first thing that is ever there of the Worker is the whole of it, secret included: no empty one goes before.
    `PUT ${worker}`,
    `POST ${worker}/subdomain`,
    `PUT ${worker}/schedules`,
    "POST /accounts/abc/queues/ticket-projections/consumers",
    "POST /accounts/abc/queues/ticket-projections-dead/consumers",
  ]);
  const limitOf = (limit: number) => ({ type: "ratelimit", simple: { limit, period: 10 } });
  expect(api.versions).toEqual([
    {
      ALLOWED_ORIGINS: { type: "plain_text", name: "ALLOWED_ORIGINS", text: "" },
      MAX_D1_CALLS: { type: "plain_text", name: "MAX_D1_CALLS", text: "1000" },
      REQUEST_LIMIT: expect.objectContaining(limitOf(1000)),
      LOOKUP_LIMIT: expect.objectContaining(limitOf(100)),
      DB: { type: "d1", name: "DB", id: "id-of-edgedesk" },
      PROJECTION_QUEUE: { type: "queue", name: "PROJECTION_QUEUE", queue_name: "ticket-projections" },
      DEAD_LETTER_QUEUE: { type: "queue", name: "DEAD_LETTER_QUEUE", queue_name: "ticket-projections-dead" },
      ROOT_KEY: { type: "secret_text", name: "ROOT_KEY", text: shownKey(first) },
    },
  ]);
  expect(shownKey(first)).toMatch(/^[\w-]{43}$/u);
  expect(tablesOf("edgedesk")).toEqual(expect.arrayContaining(["d1_migrations", "tickets", "read_tickets"]));
  expect(api.consumers).toMatchObject([{ dead_letter_queue: "ticket-projections-dead" }, { script_name: "edgedesk" }]);
  const library = ["LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"];
  expect(api.assets.paths).toEqual([
    ...["icon.svg", "index.html", "page.css", "page.js"].map((file) => `/docs/${file}`),
    ...library.map((file) => `/docs/swagger-ui/${file}`),
  ]);
  expect(api.assets.config).toMatchObject({ run_worker_first: ["/*", "!/docs", "!/docs/*"] });
  expect(api.schedules).toEqual([{ cron: "* * * * *" }]);
  expect(first.stdout).toContain("Worker: deployed to https://edgedesk.acme.workers.dev, ");

  api.changes.length = 0;
  const update = await deploy();

  expect(update.stderr).toBe("");
  expect(update.code).toBe(0);
  expect(api.changes.slice(0, 3)).toEqual([
    // Nothing of the page has changed: nothing is uploaded.
    `POST ${worker}/assets-upload-session`,
    `POST ${worker}/versions`,
    `POST ${worker}/deployments`,
  ]);
  expect(api.versions[1]?.["ROOT_KEY"]).toMatchObject({ type: "inherit", name: "ROOT_KEY" });
  expect(update.stdout).toContain("Migrations: up to date");
  expect(shownKey(update)).toBeUndefined();
});

test("with several accounts and none chosen changes nothing, and says how to choose", async () => {
  api.accounts.push({ id: "def", name: "Other" });
  const run = await deploy();

  expect(run.code).toBe(1);
  expect(run.lastError).toMatch(
    /^✘ Database edgedesk failed: More than one account available .*CLOUDFLARE_ACCOUNT_ID/u,
  );
  expect(api.changes).toEqual([]);
});

test("without a login says how to log in", async () => {
  const run = await stage.run([], { WRANGLER: "", HOME: stage.folder, XDG_CONFIG_HOME: stage.folder });

  expect(run.code).toBe(1);
  expect(run.lastError).toContain(
    "Login failed: wrangler is not logged in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN",
  );
});
