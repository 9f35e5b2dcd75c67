import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { BUDGET_BYTES } from "../../scripts/deploy/rehearsal.ts";
import { type Account, Stage, shownKey } from "./deploy/stage.ts";

let stage: Stage;
afterEach(() => stage.close());

const deployed: Partial<Account> = {
  databases: { edgedesk: ["0001_source.sql"] },
  queues: ["ticket-projections", "ticket-projections-dead"],
  worker: { secrets: { ROOT_KEY: "the-key-that-is-there" }, versions: 7 },
};

describe("npm run deploy", () => {
  test("deploys to an empty account, each resource before what needs it", async () => {
    stage = await new Stage().open();
    const run = await stage.run();
    const { calls, worker, faults, secretsFiles, databases } = stage.account();
    const key = worker?.secrets["ROOT_KEY"] ?? "";

    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(calls).toEqual([
      "whoami --json",
      "d1 list --json",
      "d1 create edgedesk",
      "queues info ticket-projections",
      "queues create ticket-projections",
      "queues info ticket-projections-dead",
      "queues create ticket-projections-dead",
      "secret list --format json",
      "d1 migrations apply DB --remote",
      `deploy --minify --secrets-file ${secretsFiles[0]?.path}`,
    ]);
    expect(faults).toEqual([]);
    expect(databases).toEqual({ edgedesk: ["0001_source.sql", "0002_read.sql"] });
    expect(run.stdout).toContain("Migrations: 2 applied (0001_source.sql, 0002_read.sql)");
    expect(run.stdout).toContain("136.2 KB gzipped");
    expect(run.stdout).toMatch(
      /Smoke test: GET \/health 200, GET \/tickets without a key 401, .*GET \/projections 200/u,
    );

    // The new key: shown once, never an argument or in wrangler's environment, and in no file that stays.
    expect(key).toMatch(/^[\w-]{43}$/u);
    expect(shownKey(run)).toBe(key);
    expect(`${run.stdout}${run.stderr}`.split(key)).toHaveLength(2);
    expect(calls.join("\n")).not.toContain(key);
    expect(secretsFiles).toEqual([{ path: expect.any(String), mode: "600" }]);
    expect(stage.temporaryFiles()).toEqual([]);
  });

  test("updates a deployment: creates nothing, applies new migrations, and keeps the key without showing it", async () => {
    stage = await new Stage().open(deployed);
    const run = await stage.run();
    const { calls, worker, faults } = stage.account();

    expect(run.code).toBe(0);
    expect(calls).toEqual([
      "whoami --json",
      "d1 list --json",
      "queues info ticket-projections",
      "queues info ticket-projections-dead",
      "secret list --format json",
      "d1 migrations apply DB --remote",
      "deploy --minify",
    ]);
    expect(faults).toEqual([]);
    expect(worker).toEqual({ secrets: { ROOT_KEY: "the-key-that-is-there" }, versions: 8 });
    expect(run.stdout).toContain("Migrations: 1 applied (0002_read.sql)");
    expect(run.stdout).not.toContain("the-key-that-is-there");
    expect(shownKey(run)).toBeUndefined();
  });

  test("creates a key for a deployed Worker that has none", async () => {
    stage = await new Stage().open({ ...deployed, worker: { secrets: {}, versions: 1 } });
    const run = await stage.run();

    expect(run.code).toBe(0);
    expect(stage.account().faults).toEqual([]);
    expect(stage.account().worker?.secrets["ROOT_KEY"]).toBe(shownKey(run));
  });

  test("replaces the current key by ROOT_KEY of the environment, and shows it nowhere", async () => {
    stage = await new Stage().open(deployed);
    const run = await stage.run([], { ROOT_KEY: "chosen-by-the-operator" });
    const { calls, worker, faults } = stage.account();

    expect(run.code).toBe(0);
    expect(worker?.secrets).toEqual({ ROOT_KEY: "chosen-by-the-operator" });
    expect(`${run.stdout}${run.stderr}${calls.join()}`).not.toContain("chosen-by-the-operator");
    expect(faults).toEqual([]);
    expect(run.stdout).toContain("replaces the current key");
    expect(run.stdout).toContain("GET /projections 200");
    expect(stage.temporaryFiles()).toEqual([]);
  });

  test.each([
    ["edgedesk-local-key", "public key of local development"],
    ["short", "too short"],
    ["sixteen characters with blanks", "letters, digits"],
  ])("refuses the key %s before anything is done", async (key, reason) => {
    stage = await new Stage().open();
    const run = await stage.run([], { ROOT_KEY: key });

    expect(run.code).toBe(1);
    expect(run.lastError).toContain(reason);
    expect(stage.account().calls).toEqual([]);
  });

  test.each([[["--nope"]], [["--wait", "soon"]], [["--url", "edgedesk"]], [["extra"]]])(
    "does not take %j",
    async (args) => {
      stage = await new Stage().open();
      const run = await stage.run(args);

      expect(run.code).toBe(2);
      expect(run.stderr.trim().split("\n")).toHaveLength(1);
      expect(stage.account().calls).toEqual([]);
    },
  );
});

describe("a deployment that breaks off", () => {
  test("at each step prints one line and stops, and the next run continues", async () => {
    stage = await new Stage().open({ loggedIn: false });
    const anonymous = await stage.run();
    expect(anonymous.code).toBe(1);
    expect(anonymous.lastError).toMatch(
      /^✘ Login failed: wrangler is not logged in: run `npx wrangler login`.* Nothing was changed\./u,
    );
    expect(stage.account().calls).toEqual(["whoami --json"]);
    stage.write({ ...stage.account(), loggedIn: true });

    for (const [step, at] of [
      ["Database edgedesk", "d1 list"],
      ["Database edgedesk", "d1 create"],
      ["Queue ticket-projections", "queues info ticket-projections"],
      ["Queue ticket-projections", "queues create ticket-projections"],
      ["Queue ticket-projections-dead", "queues create ticket-projections-dead"],
      ["Secret ROOT_KEY", "secret list"],
      ["Migrations", "d1 migrations apply"],
      ["Worker", "deploy"],
    ] as const) {
      stage.prepare({ at });
      const failed = await stage.run();
      const reason = "A request to the Cloudflare API failed. internal error [code: 10001]";

      expect(failed.code).toBe(1);
      expect(failed.lastError).toContain(`✘ ${step} failed: ${reason}. Completed: `);
      expect(failed.lastError).toContain("Run the command again to continue");
      expect(failed.stderr.trim().split("\n")).toHaveLength(1);
      // After the deployment there is one more question: is the key in place?
      expect(stage.account().calls.at(-1)).toMatch(at === "deploy" ? /^secret list/u : new RegExp(`^${at}`, "u"));
      expect(shownKey(failed)).toBeUndefined();
      expect(stage.temporaryFiles()).toEqual([]);
    }

    const finished = await stage.run();
    expect(finished.stderr).toBe("");
    expect(finished.code).toBe(0);
    expect(finished.stdout).toContain("Migrations: up to date");
    expect(stage.account().faults).toEqual([]);
    expect(stage.account().worker).toEqual({ secrets: { ROOT_KEY: shownKey(finished) }, versions: 1 });
  });

  test("after the upload shows the key, and the next run keeps it", async () => {
    stage = await new Stage().open();
    stage.prepare({ at: "deploy", after: true, message: "Trigger configuration was only partially updated" });
    const failed = await stage.run();
    const key = stage.account().worker?.secrets["ROOT_KEY"];

    expect(failed.code).toBe(1);
    expect(failed.lastError).toContain("Worker failed: Trigger configuration was only partially updated.");
    expect(shownKey(failed)).toBe(key);
    expect(failed.stdout).toContain("failed after the key was in place");

    const again = await stage.run();
    expect(again.code).toBe(0);
    expect(shownKey(again)).toBeUndefined();
    expect(stage.account().worker).toEqual({ secrets: { ROOT_KEY: key }, versions: 2 });
  });

  test("by Ctrl-C has exit code 130 and leaves no file, and the next run continues", async () => {
    stage = await new Stage().open();
    stage.prepare({ at: "deploy", hangs: true });
    const { child, ended } = stage.start();
    await stage.called("deploy");
    expect(stage.temporaryFiles()).toHaveLength(1);
    child.kill("SIGINT");
    const stopped = await ended;

    expect(stopped.code).toBe(130);
    expect(stopped.lastError).toMatch(
      /^✘ Stopped at: Worker\. Completed: Login, Database edgedesk, .*, Migrations\. Run the command again to continue/u,
    );
    expect(stage.temporaryFiles()).toEqual([]);
    expect(shownKey(stopped)).toBeUndefined();
    expect((await stage.run()).code).toBe(0);
  });

  test("in the smoke test prints the answer of the deployment", async () => {
    stage = await new Stage().open(deployed);
    stage.answer = () => 503;
    const run = await stage.run();

    expect(run.code).toBe(1);
    const answer = "GET /health answered 503 instead of 200 (It is down for maintenance.) after 2.0 s";
    expect(run.lastError).toContain(`Smoke test failed: ${answer}`);
    expect(run.lastError).toContain("The new version is in place: see its log with `npx wrangler tail`");
  });

  test("at once if the deployment answers with tickets without a key", async () => {
    stage = await new Stage().open(deployed);
    stage.answer = () => 200;
    const run = await stage.run(["--wait", "60"]);

    expect(run.code).toBe(1);
    expect(run.lastError).toContain("it is open");
  });

  test("does not come from a new address that is slow to answer", async () => {
    stage = await new Stage().open(deployed);
    let requests = 0;
    stage.answer = (path) => {
      requests += 1;
      if (requests === 1) return 404;
      return path === "/health" ? 200 : 401;
    };

    expect((await stage.run()).code).toBe(0);
  });

  test("in an account without a workers.dev subdomain has the link to choose one", async () => {
    stage = await new Stage().open({ subdomain: false });
    const run = await stage.run();

    expect(run.code).toBe(1);
    expect(run.lastError).toContain("choose one at https://dash.cloudflare.com/abc/workers/onboarding");
    expect(shownKey(run)).toBeUndefined();
  });
});

test("--dry-run needs no account: it migrates an empty database, and bundles within the budget", async () => {
  stage = await new Stage().open();
  const run = await stage.run(["--dry-run"], { WRANGLER: "", HOME: stage.folder, XDG_CONFIG_HOME: stage.folder });

  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/Migrations: \d+ applied to an empty database \(0001_source\.sql, 0002_read\.sql/u);
  const weight = /Worker: bundled, (?<weight>[\d.]+) KB gzipped/u.exec(run.stdout)?.groups?.["weight"];
  expect(Number(weight) * 1_000).toBeLessThanOrEqual(BUDGET_BYTES);
  expect(readFileSync("wrangler.toml", "utf8")).not.toContain("database_id =");
  expect(stage.temporaryFiles().filter((name) => name.startsWith("edgedesk-deploy"))).toEqual([]);
});
