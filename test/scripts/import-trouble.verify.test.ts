import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitForLists } from "../../scripts/import/catch-up.ts";
import { ImportClient } from "../../scripts/import/client.ts";
import { JsonReporter } from "../../scripts/import/json-reporter.ts";
import { Stage, tickets } from "./import/run.ts";
import { KEY, RECORDED_AT } from "./import/stand-in-server.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe("a server in trouble", () => {
  test("is retried after the time that it asks for", async () => {
    stage.server.troubles.push({
      status: 503,
      headers: { "retry-after": "2" },
      body: { title: "Unavailable", detail: "Come later" },
    });
    const { code, stderr } = await stage.run([stage.file("in.jsonl", tickets(3))]);

    expect(code).toBe(0);
    const [first = 0, second = 0] = stage.server.times;
    expect(second - first).toBeGreaterThanOrEqual(1_950);
    expect(stderr).toContain("the server answered 503 (Unavailable: Come later); retrying in 2.0 s");
    expect(stage.server.stored).toHaveLength(3);
  });

  test.each([
    ["a 429 without Retry-After", { status: 429 }],
    ["a connection that breaks before the tickets are stored", { breaks: "before" }],
    ["a connection that breaks after the tickets are stored", { breaks: "after" }],
  ] as const)("is asked again after %s", async (_, trouble) => {
    stage.server.troubles.push(trouble);
    const { code } = await stage.run([stage.file("in.jsonl", tickets(3))]);

    expect(code).toBe(0);
    expect(stage.server.bodies).toHaveLength(2);
    expect(stage.server.stored).toEqual(["t1", "t2", "t3"]);
  });

  test.each([
    [{ status: 503, headers: { "retry-after": "3600" } }, /answered 503 .*its Retry-After is 1 h 0 min/u],
    [{ status: 500, body: { title: "Internal error" } }, /answered 500 \(Internal error\)/u],
    [{ status: 400, body: { title: "Bad request", detail: "No." } }, /answered 400 \(Bad request: No\.\)/u],
    [
      { status: 301, headers: { location: "https://example.com/" } },
      /redirects to https:\/\/example\.com\/: give that URL/u,
    ],
    [{ status: 200, body: { welcome: true } }, /does not answer like Edgedesk/u],
    [{ status: 200, body: { taken: 1, repeated: 0, refused: [], recorded_at: null } }, /accounts for 1 of 234 lines/u],
  ] as const)("ends the run with one line after %j", async (trouble, message) => {
    stage.server.troubles.push({ pauseMs: 0 }, { pauseMs: 0 }, trouble);
    const { code, lastError, stderr } = await stage.run([stage.file("in.jsonl", tickets(1_234))]);

    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(lastError).toMatch(message);
    expect(lastError).toContain(
      "in.jsonl was sent up to line 1,000: 1,000 imported, 0 already existed, 0 refused. Repeat the command",
    );
  });

  test("ends the import at once if the key is wrong", async () => {
    const { code, lastError } = await stage.run([stage.file("in.jsonl", tickets(1)), "--key", "wrong"]);

    expect(code).toBe(1);
    expect(lastError).toMatch(
      /^✘ the key is not accepted: the server answered 401 \(Unauthorized: The key is unknown\)/u,
    );
    expect(stage.server.bodies).toEqual([]);
  });

  test("ends the import soon if nothing listens at the address", async () => {
    const path = stage.file("in.jsonl", tickets(1));
    stage.server.close();
    const { code, lastError } = await stage.run([path]);

    expect(code).toBe(1);
    expect(lastError).toContain("(ECONNREFUSED): is Edgedesk running there?");
  });
});

describe("Ctrl-C", () => {
  test("ends after the running request, and a repeated import does the rest", async () => {
    stage.server.troubles.push({ pauseMs: 0 }, { pauseMs: 500 });
    const path = stage.file("in.jsonl", tickets(1_234));
    const { child, ended } = stage.start([path]);
    await stage.requests(2);
    child.kill("SIGINT");
    // npm passes the terminal's Ctrl-C on: the second one is the same keystroke.
    child.kill("SIGINT");
    const { code, lastError } = await ended;

    expect(code).toBe(130);
    expect(lastError).toMatch(
      /^✘ Stopped\. .*in\.jsonl was sent up to line 1,000: 1,000 imported, .* Repeat the command to continue/u,
    );

    const again = await stage.run([path]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("234 imported, 1,000 already existed");
    expect(stage.server.stored).toHaveLength(1_234);
  });

  test("ends a pause between two retries at once", async () => {
    stage.server.troubles.push({ status: 503, headers: { "retry-after": "100" } });
    const { child, ended } = stage.start([stage.file("in.jsonl", tickets(1))]);
    await stage.requests(1);
    await pause(200);
    child.kill("SIGINT");
    const before = performance.now();

    expect((await ended).code).toBe(130);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test("pressed twice aborts a slow request", async () => {
    stage.server.troubles.push({ pauseMs: 60_000 });
    const { child, ended } = stage.start([stage.file("in.jsonl", tickets(1)), "--json"]);
    await stage.requests(1);
    child.kill("SIGINT");
    await pause(700);
    child.kill("SIGINT");
    const before = performance.now();
    const { code, stdout } = await ended;

    expect(code).toBe(130);
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(JSON.parse(stdout)).toMatchObject({ event: "stopped", ok: false, taken: 0 });
  });
});

describe("waiting for the lists", () => {
  test("ends when the backlog is empty", async () => {
    stage.server.behind.push({ count: 9 }, { count: 7 }, { count: 3 }, { count: 0 });
    const { code } = await stage.run([stage.file("in.jsonl", tickets(1))]);

    expect(code).toBe(0);
    expect(stage.server.asked).toBe(4);
  });

  test("ends when as_of is past the last import, while other clients keep the backlog busy", async () => {
    // The first request is before the transfer. `as_of` is exclusive: at the very time of the import it is not enough.
    const later = "2026-11-20T10:00:00.001Z";
    stage.server.behind.push({ count: 9 }, { count: 7 }, { count: 8, as_of: RECORDED_AT }, { count: 9, as_of: later });
    const { code } = await stage.run([stage.file("in.jsonl", tickets(1))]);

    expect(code).toBe(0);
    expect(stage.server.asked).toBe(4);
  });

  test("can be stopped after the file is sent", async () => {
    stage.server.behind.push({ count: 9 });
    const { child, ended } = stage.start([stage.file("in.jsonl", tickets(1))]);
    while (stage.server.asked < 3) await pause(20);
    child.kill("SIGINT");
    const { code, lastError } = await ended;

    expect(code).toBe(130);
    expect(lastError).toContain("in.jsonl was sent: 1 imported");
    expect(lastError).toContain("the lists catch up automatically");
  });
});

describe("patience", () => {
  const never = new AbortController().signal;
  const client = (onRetry: () => void = () => {}) =>
    new ImportClient({
      url: new URL(stage.server.url),
      key: KEY,
      patienceMs: 1_000,
      stopping: never,
      cutting: never,
      onRetry,
    });
  class Silent extends JsonReporter {
    override waiting(): void {}
  }

  test("with lists that do not move ends, and the message has what is left", async () => {
    stage.server.behind.push({ count: 9 }, { count: 7 });
    const waiting = waitForLists({
      client: client(),
      reporter: new Silent(),
      until: Date.parse(RECORDED_AT),
      stallMs: 800,
      stopping: never,
      hint: "look there",
    });

    await expect(waiting).rejects.toThrow(
      "have not changed for 0.8 s, with 7 tickets to go: the imported tickets are safe",
    );
  });

  test("with lists that move, however slowly, does not end", async () => {
    for (let count = 4; count >= 0; count -= 1) stage.server.behind.push({ count });
    const stallMs = 600;
    await waitForLists({
      client: client(),
      reporter: new Silent(),
      until: Date.parse(RECORDED_AT),
      stallMs,
      stopping: never,
      hint: "look there",
    });

    expect(stage.server.asked).toBe(5);
  });

  test("with a server that keeps answering 503 ends with the last answer", async () => {
    for (let tries = 0; tries < 9; tries += 1) stage.server.troubles.push({ status: 503 });
    let retries = 0;
    const sending = client(() => {
      retries += 1;
    }).import(Buffer.from(tickets(1)));

    await expect(sending).rejects.toThrow("the server answered 503 (Trouble)");
    expect(retries).toBeGreaterThan(0);
    expect(stage.server.stored).toEqual([]);
  });
});
