import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { audit } from "../../scripts/projections/audit.ts";
import { OperationsClient } from "../../scripts/projections/client.ts";
import { rebuild } from "../../scripts/projections/rebuild.ts";
import { ProgramReporter } from "../../scripts/projections/reporter.ts";
import { Stage } from "./projections/run.ts";
import { KEY, StandInServer } from "./projections/stand-in-server.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe("a server in trouble", () => {
  test("that does not exist is given up soon", async () => {
    stage.close();
    const { code, stderr } = await stage.run("status");

    expect(code).toBe(1);
    expect(stderr).toMatch(/^✘ no answer from .* \(ECONNREFUSED\): is Edgedesk running there\?\n$/u);
  });

  test("is polled on while a rebuild is followed, after its Retry-After", async () => {
    stage.server.step = 2_500;
    stage.server.troubles.push(
      undefined,
      undefined,
      { breaks: "before" },
      { status: 503, headers: { "retry-after": "2" } },
    );
    const { code, stdout, stderr } = await stage.run("rebuild");

    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^! no answer from .*; retrying in 0\.\d s\n! the server answered 503 \(Trouble\); retrying in 2\.0 s\n/u,
    );
    expect(stdout).toContain("Rebuild 1 finished");
  });

  test("that restarts at the same address while a rebuild is followed is followed on", async () => {
    stage.server.step = 1_000;
    const { ended } = stage.start("rebuild");
    await stage.asked("GET /projections/rebuild", 3);
    const port = Number(new URL(stage.server.url).port);
    stage.server.close();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const successor = new StandInServer();
    successor.rebuild = stage.server.rebuild;
    successor.audit = stage.server.audit;
    await successor.open(port);
    const { code, stdout } = await ended;
    successor.close();

    expect(code).toBe(0);
    expect(stdout).toContain("Rebuild 1 finished");
  });

  test.each([
    [{ status: 500, body: { title: "Internal error" } }, /answered 500 \(Internal error\)/u],
    [
      { status: 301, headers: { location: "https://example.com/" } },
      /redirects to https:\/\/example\.com\/: give that URL/u,
    ],
    [{ status: 200, body: { welcome: true } }, /does not answer like Edgedesk/u],
  ] as const)("ends the command with one line after %j", async (trouble, message) => {
    stage.server.troubles.push(trouble);
    const { code, stderr } = await stage.run("status");

    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(message);
  });
});

describe("a stalled job", () => {
  class Silent extends ProgramReporter {
    override tell(): void {}
    override progress(): void {}
  }
  const never = new AbortController().signal;
  const session = () => {
    const target = { url: new URL(`${stage.server.url}/`), key: KEY };
    const client = new OperationsClient({
      ...target,
      patienceMs: 1_000,
      stopping: never,
      cutting: never,
      onRetry: () => {},
    });
    const interruption = { asked: never, insisted: never, exitCode: () => 130 };
    return { client, target, reporter: new Silent(), interruption, stallMs: 1_000 };
  };

  test("a rebuild: the message names what to check", async () => {
    stage.server.step = 0;

    await expect(rebuild(session(), "follow")).rejects.toThrow(
      /^rebuild 1 has not moved for 1\.0 s, at 0 of 5,000 tickets \(0%\): see the consumer, the backlog and the dead letters in `npm run projections -- status/u,
    );
  });

  test("an audit: the message names what to check", async () => {
    stage.server.step = 0;

    await expect(audit(session())).rejects.toThrow(/^audit round 1 has not moved for 1\.0 s, at 0 of 5,000/u);
  });
});

// `script` gives a program a terminal; not every system has it, or the same one.
const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

describe.skipIf(!hasTerminal)("on a terminal", () => {
  const script = fileURLToPath(new URL("../../scripts/projections.ts", import.meta.url));

  /** Runs a command on a terminal, with Ctrl-C after a while, and gives all that was written to it. */
  function onTerminal(command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const run = `'${process.execPath}' '${script}' ${command} --url ${stage.server.url}`;
    const call = `stty cols 100 rows 30; timeout --foreground -s INT 6 ${run}`;
    const { stdout } = spawn("script", ["-qec", call, "/dev/null"], {
      env: { PATH: process.env["PATH"], EDGEDESK_KEY: KEY, TERM: "xterm", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    return text(stdout);
  }

  test("a rebuild has a bar for each stage, and restores the cursor at the end", async () => {
    stage.server.step = 2_500;
    const seen = await onTerminal("rebuild");

    expect(seen).toMatch(/█{12}░{12} 50% \| rebuilding \| 2,500 of 5,000 \| 350\/s \| 14 s left/u);
    expect(seen).toMatch(/█{12}░{12} 50% \| verifying \| 2,500 of 5,000/u);
    expect(seen.lastIndexOf("\x1b[?25h")).toBeGreaterThan(seen.lastIndexOf("\x1b[?25l"));
    expect(seen).toContain("\x1b[32m✔\x1b[39m Rebuild 1 finished");
  });

  test("--watch draws on the alternate screen, shows missing answers there, and leaves the last status", async () => {
    const watching = onTerminal("status --watch");
    await stage.asked("GET /projections", 2);
    stage.close();
    const seen = await watching;
    const [drawn = "", left = ""] = seen.split("\x1b[?1049l");

    expect(seen.startsWith("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H")).toBe(true);
    expect(drawn).toMatch(/! no answer from .*; retrying in .* Below is the last status\./u);
    expect(drawn.endsWith("\x1b[?25h\x1b[?7h")).toBe(true);
    expect(left.startsWith("\x1b[32m✔ ok\x1b[39m\r\n")).toBe(true);
  });

  test("NO_COLOR turns colours off", async () => {
    expect(await onTerminal("status")).toContain("\x1b[32m✔ ok");
    expect(await onTerminal("status", { NO_COLOR: "1" })).toMatch(/^✔ ok\r\n/u);
  });
});
