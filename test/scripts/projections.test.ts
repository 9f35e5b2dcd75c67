import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventsIn, Stage } from "./projections/run.ts";
import { idOf, KEY } from "./projections/stand-in-server.ts";
import { startScript } from "./run-script.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

const parked = (number: number, error: string) => ({
  ticket_id: idOf(number),
  version: 3,
  attempts: 8,
  error,
  parked_at: new Date(Date.now() - 3_600_000).toISOString(),
  next_attempt_at: new Date(Date.now() + 600_000).toISOString(),
  oldest_change_at: "2026-11-20T10:00:00.000Z",
});

describe("npm run projections -- status", () => {
  test("shows everything, with exit code 0 if the status is ok", async () => {
    const { code, stdout, stderr } = await stage.run("status");

    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✔ ok\n/u);
    expect(stdout).toMatch(/^backlog {7}3 tickets, the oldest for 0\.4 s$/mu);
    expect(stdout).toMatch(/^projected {5}1,234 tickets in 45 batches, 0 failures$/mu);
    expect(stdout).toMatch(/^lag {11}p50 up to 50 ms, p99 up to 1\.0 s, mean 50 ms$/mu);
    expect(stdout).toMatch(/^rebuild {7}never run \(projector 1\)$/mu);
    // No colours where nobody sees them.
    expect(stdout).not.toContain("\x1b");
  });

  test("shows problems first, the most severe at the top, with exit code 1", async () => {
    const reasons = [
      { code: "parked", detail: "2 tickets are parked." },
      { code: "lists-waiting", detail: "The lists wait for the rebuild." },
    ];
    stage.server.status = { status: "degraded", reasons };
    const { code, stdout } = await stage.run("status");

    expect(code).toBe(1);
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "✘ degraded",
      "  ✘ lists-waiting  The lists wait for the rebuild.",
      "  ! parked         2 tickets are parked.",
      "",
    ]);
  });

  test("--json prints all fields of the server, including unknown ones", async () => {
    stage.server.status = { weather: "fine" };
    const run = await stage.run("status", "--json");

    expect(run.code).toBe(0);
    expect(eventsIn(run)).toMatchObject([{ event: "status", status: "ok", parked: 0, weather: "fine" }]);
  });

  test("--watch refreshes until Ctrl-C; the exit code is that of the last status", async () => {
    const { child, ended } = stage.start("status", "--watch", "--json");
    await stage.asked("GET /projections", 2);
    stage.server.status = { status: "degraded" };
    await stage.asked("GET /projections", 3);
    child.kill("SIGINT");
    const run = await ended;

    expect(run.code).toBe(1);
    expect(eventsIn(run).map(({ status }) => status)).toEqual(["ok", "ok", "degraded"]);
  });
});

describe("npm run projections -- rebuild", () => {
  test("follows the rebuild and the audit after it to the end", async () => {
    const { code, stdout, stderr } = await stage.run("rebuild");

    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("Rebuild 1 started: 5,000 tickets. Ctrl-C stops the display, not the rebuild");
    expect(stdout).toContain("✔ Rebuild 1 finished: 5,000 tickets in 14 s. The audit found no difference");
  });

  test("has exit code 1 if the audit found a difference", async () => {
    stage.server.drift = 3;
    const { code, lastError } = await stage.run("rebuild");

    expect(code).toBe(1);
    expect(lastError).toContain("The audit found 3 differences: see `npm run projections -- audit --show --url");
  });

  test("follows a rebuild that is already running", async () => {
    stage.server.beginRebuild();
    const { code, stdout } = await stage.run("rebuild");

    expect(code).toBe(0);
    expect(stdout).toContain("Rebuild 1 is already running");
    expect(stdout).toContain("Rebuild 1 finished");
    expect(stage.server.requests).not.toContain("POST /projections/rebuild");
  });

  test("is not started twice if the answer to its start is lost", async () => {
    stage.server.troubles.push(undefined, { breaks: "after" });
    const { code, stdout, stderr } = await stage.run("rebuild");

    expect(code).toBe(0);
    expect(stderr).toMatch(/^! no answer from .*; retrying in 0\.\d s$/mu);
    expect(stdout).toContain("Rebuild 1 finished");
  });

  test("has exit code 1 if the rebuild is cancelled", async () => {
    stage.server.step = 10;
    const { ended } = stage.start("rebuild");
    await stage.asked("GET /projections/rebuild", 2);
    await fetch(new URL("projections/rebuild", `${stage.server.url}/`), {
      method: "DELETE",
      headers: { authorization: `Bearer ${KEY}` },
    });
    const { code, lastError } = await ended;

    expect(code).toBe(1);
    expect(lastError).toMatch(/^! Rebuild 1 was cancelled at \d+ of 5,000 tickets \(0%\)$/u);
  });

  test("has exit code 1 if the server starts none, because a newer projector has written the rows", async () => {
    stage.server.rebuild = { ...stage.server.rebuild, state: "finished", run: 4, projector: 2, drift_found: 0 };
    stage.server.outdated = true;
    for (const options of [[], ["--no-wait"]]) {
      const { code, stdout, lastError } = await stage.run("rebuild", ...options);

      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(lastError).toContain(
        "! No rebuild was started: the rows were written by projector 2, which is newer than this deployment",
      );
    }
  });

  test("continues after Ctrl-C; the message says how to cancel it", async () => {
    stage.server.step = 10;
    const { child, ended } = stage.start("rebuild");
    await stage.asked("GET /projections/rebuild", 3);
    child.kill("SIGINT");
    const { code, lastError } = await ended;

    expect(code).toBe(130);
    expect(lastError).toMatch(/^✘ Stopped\. Rebuild 1 continues at \d+ of 5,000 tickets/u);
    expect(lastError).toContain(`\`npm run projections -- rebuild --cancel --url ${stage.server.url}/\``);
    expect(stage.server.rebuild.state).toBe("running");
  });

  test("--no-wait starts it, and --cancel cancels it if one is running", async () => {
    const started = await stage.run("rebuild", "--no-wait");
    expect(started).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("✔ Rebuild 1 started: 5,000 tickets"),
    });
    expect(stage.server.requests).toEqual(["GET /projections/rebuild", "POST /projections/rebuild"]);

    stage.server.step = 10;
    const cancelled = await stage.run("rebuild", "--cancel");
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ Rebuild 1 cancelled at 10 of/u) });
    expect(stage.server.rebuild.state).toBe("cancelled");

    const again = await stage.run("rebuild", "--cancel");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("there is nothing to cancel") });
  });

  test("--json prints one JSON object a line on stdout, and nothing else", async () => {
    stage.server.step = 2_500;
    const run = await stage.run("rebuild", "--json");
    const events = eventsIn(run);

    expect(run.stderr).toBe("");
    expect(events.map(({ event, stage: at }) => (at === undefined ? event : `${event} ${at}`))).toEqual([
      "started",
      "progress rebuilding",
      "progress rebuilding",
      "progress verifying",
      "progress verifying",
      "done",
    ]);
    expect(events.at(-1)).toMatchObject({ ok: true, run: 1, state: "finished", done: 5_000, drift_found: 0 });
  });
});

describe("npm run projections -- audit", () => {
  test("follows a full round to its end", async () => {
    const { code, stdout, stderr } = await stage.run("audit");

    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("✔ Audit round 1 compared 5,000 tickets in 14 s: no difference");
  });

  test("reports the differences of this round by kind, with examples and exit code 1", async () => {
    const kinds = [{ kind: "changed", found: 7, healed: 7 }];
    stage.server.audit = { ...stage.server.audit, kinds };
    stage.server.drift = 12;
    const { code, stdout, lastError } = await stage.run("audit");

    expect(code).toBe(1);
    expect(lastError).toContain("compared 5,000 tickets in 14 s: 12 differences, 12 healed");
    expect(stdout).toMatch(/^in this round {2}found {2}healed\nchanged {8}12 {5}12$/mu);
    expect(stdout.match(/note_count is 1 and should be 2/gu)).toHaveLength(10);
    expect(stdout).toContain("… and 2 more: use --json");
  });

  test("has exit code 1 if the server starts none, because a newer projector has written the rows", async () => {
    stage.server.audit = { ...stage.server.audit, state: "finished", run: 4 };
    stage.server.outdated = true;
    const { code, stdout, lastError } = await stage.run("audit");

    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(lastError).toContain(
      "! No audit was started: the rows were written by a newer projector than that of this deployment",
    );
  });

  test("replaces a round of the cron, and follows a round that was requested", async () => {
    stage.server.step = 2_500;
    stage.server.beginAudit();
    // That is how the stand-in knows a round of the cron's.
    stage.server.audit.rate = null;
    expect(await stage.run("audit")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Audit round 2 started"),
    });

    stage.server.beginAudit();
    expect(await stage.run("audit")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Audit round 3 is already running"),
    });
  });

  test("--show shows the state and starts nothing", async () => {
    const kinds = [{ kind: "missing", found: 2, healed: 1 }];
    stage.server.audit = { ...stage.server.audit, kinds };
    const { code, stdout } = await stage.run("audit", "--show");

    expect(code).toBe(0);
    expect(stdout).toBe("Audit: no round yet\n\nin total  found  healed\nmissing   2      1\n");
    expect(stage.server.requests).toEqual(["GET /projections/audit"]);
  });
});

describe("npm run projections -- parked and retry", () => {
  test("parked lists each ticket with its error on one line, and the commands to retry", async () => {
    stage.server.parked = [parked(1, "It threw:\n  \x1b[31mTypeError\x1b[0m")];
    const { code, stdout } = await stage.run("parked");
    const [header, row] = stdout.split("\n");

    expect(code).toBe(0);
    expect(header).toMatch(/^ticket +version {2}tries {2}parked for {2}next in +error$/u);
    expect(row).toMatch(/^019a1b2c-.*-000000000001 {2}3 +8 +1 h 0 min +(?:10|9) min \d+ s +It threw: TypeError$/u);
    expect(stdout).toContain(`npm run projections -- retry --all --url ${stage.server.url}/`);
  });

  test("parked without parked tickets", async () => {
    expect(await stage.run("parked")).toMatchObject({ code: 0, stdout: "No ticket is parked\n" });
    expect(eventsIn(await stage.run("parked", "--json"))).toEqual([{ event: "parked", items: [], total: 0 }]);
  });

  test("retry tries the given tickets one by one, and shows the outcome of each", async () => {
    stage.server.parked = [parked(1, ""), parked(2, "It threw")];
    const { code, stdout, lastError } = await stage.run("retry", idOf(1), idOf(2), idOf(3), idOf(1));

    expect(code).toBe(1);
    expect(stdout.trim().split("\n")).toEqual([
      `✔ ${idOf(1)} is projected`,
      `✘ ${idOf(2)} is not projected: It threw`,
      `✘ ${idOf(3)} is not parked`,
    ]);
    expect(lastError).toBe("! 1 of 3 tickets projected");
  });

  test("retry has exit code 0 if all tickets are projected", async () => {
    stage.server.parked = [parked(1, "")];
    const run = await stage.run("retry", idOf(1), "--json");

    expect(run.code).toBe(0);
    expect(eventsIn(run)).toEqual([
      { event: "retried", ticket_id: idOf(1), projected: true, error: null },
      { event: "done", ok: true, tried: 1, projected: 1 },
    ]);
  });

  test("retry --all sends all parked tickets to the queue", async () => {
    stage.server.parked = [parked(1, ""), parked(2, "")];
    expect(await stage.run("retry", "--all")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("✔ 2 tickets sent to the queue"),
    });
  });
});

describe("a call", () => {
  test.each([
    [[], "give a command: status, rebuild, audit, parked or retry"],
    [["mend"], "unknown command mend"],
    [["status", "--nope"], "Unknown option '--nope'"],
    [["status", "now"], "unexpected after status: now"],
    [["parked", "--watch"], "--watch is an option of status only"],
    [["rebuild", "--cancel", "--no-wait"], "--cancel and --no-wait cannot be combined"],
    [["retry"], "give the ids of the tickets to retry, or --all"],
    [["retry", "12"], "not the id of a ticket (a UUID): 12"],
    [["retry", "--all", idOf(1)], "ticket ids and --all cannot be combined"],
    [["status", "--url", "edgedesk.example"], "edgedesk.example is not a URL"],
    [["status", "--url", "https://edgedesk.example", "--key", ""], "the key is missing"],
  ])("%j: one line and exit code 2", async (args, message) => {
    const env = { EDGEDESK_KEY: args.includes("--key") ? "" : KEY };
    const { code, stdout, stderr } = await startScript("projections.ts", args, { cwd: tmpdir(), env }).ended;

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain("(see npm run projections -- --help)");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test.each([
    [["--help"], "npm run projections -- COMMAND [OPTIONS]"],
    [["status", "--help"], "npm run projections -- status [--watch]"],
    [["rebuild", "-h"], "--no-wait   start the rebuild"],
    [["audit", "--help"], "--show      show the state"],
    [["parked", "--help"], "up to 100 parked tickets"],
    [["retry", "--help"], "retry TICKET_ID… | --all"],
  ])("%j: the help", async (args, text) => {
    const { code, stdout } = await startScript("projections.ts", args).ended;

    expect(code).toBe(0);
    expect(stdout).toContain(text);
    expect(stdout).toContain("--url URL");
  });

  test("with a wrong key gets one line", async () => {
    const { code, stderr } = await stage.run("status", "--key", "wrong");

    expect(code).toBe(1);
    expect(stderr).toBe("✘ the key is not accepted: the server answered 401 (Unauthorized: The key is unknown)\n");
  });

  test.each([["status"], ["rebuild"], ["audit"]])(
    "of %s to an older Edgedesk gets the reason in one line",
    async (command) => {
      stage.server.old = true;
      const { code, stderr } = await stage.run(command);

      expect(code).toBe(1);
      expect(stderr).toContain("this Edgedesk is older than the command: deploy the current version first");
      expect(stderr.trim().split("\n")).toHaveLength(1);
    },
  );

  test("to another server than Edgedesk asks whether the URL is right", async () => {
    stage.server.troubles.push({ status: 404, body: "<html>" });
    const { code, stderr } = await stage.run("parked");

    expect(code).toBe(1);
    expect(stderr).toMatch(/^✘ the server answered 404 \(GET .*\/projections\/parked\): is the URL right\? .*\n$/u);
  });

  test("that fails ends with an event in --json", async () => {
    stage.server.old = true;
    const run = await stage.run("status", "--json");

    expect(run.code).toBe(1);
    expect(eventsIn(run)).toEqual([{ event: "failed", ok: false, reason: expect.stringContaining("is older") }]);
  });
});
