import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { objectsIn, Stage, tickets } from "./import/run.ts";
import { KEY, RECORDED_AT } from "./import/stand-in-server.ts";
import { startScript } from "./run-script.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe("npm run import", () => {
  test("sends a file in chunks of up to 500 lines, each line once, and prints a summary", async () => {
    const { code, stdout, stderr } = await stage.run([stage.file("in.jsonl", tickets(1_234))]);

    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stage.server.chunks.map((lines) => lines.length)).toEqual([500, 500, 234]);
    expect(stage.server.stored).toEqual(Array.from({ length: 1_234 }, (_, index) => `t${index + 1}`));
    expect([...stage.server.contentTypes]).toEqual(["application/x-ndjson"]);
    expect(stdout).toContain("1,234 tickets: 1,234 imported, 0 already existed, 0 refused");
    expect(stdout).toContain("The lists show all tickets");
  });

  test.each([["in.jsonl.gz"], ["no-extension-says-so"]])("reads the gzipped file %s", async (name) => {
    const { code } = await stage.run([stage.file(name, gzipSync(tickets(600)))]);

    expect(code).toBe(0);
    expect(stage.server.stored).toHaveLength(600);
  });

  test("sends chunks of up to 2 MB, and a longer line in its own request", async () => {
    const large = (id: string, bytes: number) => `${JSON.stringify({ external_id: id, message: "x".repeat(bytes) })}\n`;
    const content =
      large("a", 1_200_000) + large("b", 700_000) + large("c", 700_000) + large("d", 5_000_000) + tickets(2);
    const { code } = await stage.run([stage.file("in.jsonl", content)]);

    expect(code).toBe(0);
    expect(stage.server.chunks.map((lines) => lines.length)).toEqual([2, 1, 1, 2]);
    expect(stage.server.stored).toEqual(["a", "b", "c", "d", "t1", "t2"]);
  });

  test("continues after the line at which a request has spent its database calls", async () => {
    stage.server.lookedAt = 200;
    const { code, stdout } = await stage.run([stage.file("in.jsonl", `${tickets(450)}{}\n${tickets(10)}`)]);

    expect(code).toBe(1);
    expect(stage.server.chunks.map((lines) => lines.length)).toEqual([461, 261, 61]);
    expect(stdout).toContain("461 tickets: 450 imported, 10 already existed, 1 refused");
  });

  test("imports no ticket twice when repeated", async () => {
    const path = stage.file("in.jsonl", tickets(10));
    await stage.run([path]);
    const { code, stdout } = await stage.run([path]);

    expect(code).toBe(0);
    expect(stage.server.stored).toHaveLength(10);
    expect(stdout).toContain("0 imported, 10 already existed, 0 refused");
  });

  test("accepts CRLF, a byte order mark, blank lines and a last line without a line end", async () => {
    const { code, stdout } = await stage.run([
      stage.file("in.jsonl", `\uFEFF${tickets(2).replaceAll("\n", "\r\n")}\r\n \t\r\n{"external_id":"last"}`),
    ]);

    expect(code).toBe(0);
    expect(stage.server.chunks).toEqual([['{"external_id":"t1"}', '{"external_id":"t2"}', '{"external_id":"last"}']]);
    expect(stdout).toContain("(2 blank lines skipped)");
  });

  test.each([
    ["plain", (text: string) => Buffer.from(text)],
    ["gzipped", (text: string) => gzipSync(text)],
  ])("keeps a character whole that spans two reads of a %s file", async (_, encode) => {
    // 64 KiB a read: at an odd offset, some read ends within one of the four bytes of each character.
    const message = `.${"🎫".repeat(60_000)}`;
    const { code } = await stage.run([
      stage.file("in", encode(`${JSON.stringify({ external_id: "long", message })}\n`)),
    ]);

    expect(code).toBe(0);
    expect(JSON.parse(stage.server.chunks[0]?.[0] ?? "")).toEqual({ external_id: "long", message });
  });

  test("sends nothing for an empty file", async () => {
    const { code, stdout } = await stage.run([stage.file("in.jsonl", "")]);

    expect(code).toBe(0);
    expect(stage.server.bodies).toEqual([]);
    expect(stdout).toContain("0 tickets");
  });

  test("--json prints one JSON object a line on stdout, and nothing else", async () => {
    const { code, stdout, stderr } = await stage.run([stage.file("in.jsonl", `${tickets(501)}nonsense\n`), "--json"]);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

    expect(code).toBe(1);
    expect(stderr).toBe("");
    expect(events.map(({ event }) => event)).toEqual(["progress", "refused", "progress", "done"]);
    expect(events[0]).toMatchObject({ line: 500, taken: 500, fraction: expect.closeTo(0.98, 1) });
    expect(events.at(-1)).toMatchObject({
      ok: false,
      tickets: 502,
      taken: 501,
      repeated: 0,
      refused: 1,
      recorded_at: RECORDED_AT,
    });
    expect(events.at(-1).refused_file).toBe(join(stage.folder, "in.refused.jsonl"));
  });
});

describe("refused lines", () => {
  test("are written to a file beside the input, with line number, reason and content", async () => {
    const content = `\n${tickets(600)}{"no":"id"}\n\nnonsense\n`;
    const { code, stderr } = await stage.run([stage.file("in.jsonl.gz", gzipSync(content))]);

    expect(code).toBe(1);
    expect(stage.server.stored).toHaveLength(600);
    const errors = [{ detail: "is not a ticket", pointer: "/external_id" }];
    expect(objectsIn(join(stage.folder, "in.refused.jsonl"))).toEqual([
      { line: 602, errors, ticket: { no: "id" } },
      { line: 604, errors, ticket: "nonsense" },
    ]);
    expect(stderr).toContain("line 602 refused: /external_id: is not a ticket");
    expect(stderr).toContain(`2 lines refused: see ${join(stage.folder, "in.refused.jsonl")}`);
  });

  test("leave no file if there are none; the file of an earlier run is removed", async () => {
    const path = stage.file("in.jsonl", "nonsense\n");
    await stage.run([path]);
    expect(existsSync(join(stage.folder, "in.refused.jsonl"))).toBe(true);

    writeFileSync(path, tickets(1));
    expect((await stage.run([path])).code).toBe(0);
    expect(existsSync(join(stage.folder, "in.refused.jsonl"))).toBe(false);
  });

  test("are written to the current folder if the folder of the input is not writable", async () => {
    const path = stage.file("in.jsonl", "nonsense\n");
    const elsewhere = join(stage.folder, "elsewhere");
    mkdirSync(elsewhere);
    // A folder of that name is in the way of everybody, also of root, whom no permission stops.
    mkdirSync(join(stage.folder, "in.refused.jsonl"));
    const { code, stderr } = await stage.run([path], elsewhere);

    expect(code).toBe(1);
    expect(stderr).toContain(`refused lines are written to ${join(elsewhere, "in.refused.jsonl")}`);
    expect(objectsIn(join(elsewhere, "in.refused.jsonl"))).toHaveLength(1);
  });

  test("include lines over 8 MB and lines that are not UTF-8; these are not sent", async () => {
    const tooLong = Buffer.from(`{"external_id":"big","message":"${"x".repeat(8 * 1024 * 1024)}"}\n`);
    const latin1 = Buffer.from('{"external_id":"caf\xe9"}\n', "latin1");
    const path = stage.file(
      "in.jsonl",
      Buffer.concat([Buffer.from(tickets(1)), tooLong, latin1, Buffer.from('{"external_id":"z"}')]),
    );
    const { code } = await stage.run([path]);

    expect(code).toBe(1);
    expect(stage.server.chunks).toEqual([['{"external_id":"t1"}', '{"external_id":"z"}']]);
    expect(objectsIn(join(stage.folder, "in.refused.jsonl"))).toMatchObject([
      {
        line: 2,
        errors: [{ detail: expect.stringContaining("8,388,642 bytes; the limit is 8,388,608") }],
        ticket: null,
      },
      { line: 3, errors: [{ detail: "The line is not valid UTF-8." }] },
    ]);
  });

  test("are all found and counted once, even if an answer names only the first of them", async () => {
    stage.server.namedLines = 3;
    const bad = Array.from({ length: 10 }, (_, index) => `{"bad":${index}}\n`).join("");
    const { code, stdout } = await stage.run([stage.file("in.jsonl", `${tickets(2)}${bad}{"external_id":"last"}\n`)]);

    expect(code).toBe(1);
    expect(stage.server.stored).toEqual(["t1", "t2", "last"]);
    expect(stdout).toContain("13 tickets: 3 imported, 0 already existed, 10 refused");
    expect(objectsIn(join(stage.folder, "in.refused.jsonl"))).toMatchObject(
      Array.from({ length: 10 }, (_, index) => ({ line: index + 3, ticket: { bad: index } })),
    );
    // Only what comes after the last line that is known to be refused is sent again.
    expect(stage.server.chunks.map((lines) => lines.length)).toEqual([13, 8, 5, 2]);
  });

  test("are found one by one if the limit of the server is lower", async () => {
    const tooLarge = { status: 413, body: { title: "Content too large", detail: "The body must not exceed 1 MB" } };
    // All four lines, the first two, the first one, the second one: only that one is too large.
    stage.server.troubles.push(tooLarge, tooLarge, { pauseMs: 0 }, tooLarge);
    const { code } = await stage.run([stage.file("in.jsonl", tickets(4))]);

    expect(code).toBe(1);
    expect(stage.server.stored).toEqual(["t1", "t3", "t4"]);
    expect(objectsIn(join(stage.folder, "in.refused.jsonl"))).toMatchObject([
      { line: 2, ticket: { external_id: "t2" } },
    ]);
  });
});

describe("a usage error", () => {
  test.each([
    [["--nope"], "Unknown option '--nope'"],
    [[], "give the file to import"],
    [["a.jsonl", "b.jsonl"], "only one file can be imported at a time; unexpected: b.jsonl"],
    [["missing.jsonl"], "missing.jsonl does not exist"],
    [["."], "is a folder"],
    [["--url", "edgedesk.example", "a.jsonl"], "edgedesk.example is not a URL"],
    [["--url", "https://edgedesk.example", "--key", "", "a.jsonl"], "the key is missing"],
  ])("%j: one line and exit code 2", async (args, message) => {
    const { code, stderr } = await startScript("import.ts", args, {
      cwd: stage.folder,
      env: { EDGEDESK_KEY: args.includes("--key") ? "" : KEY },
    }).ended;

    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("a damaged gzip file: the message has the last good line and the progress", async () => {
    const whole = gzipSync(Buffer.from(tickets(60_000)));
    const { code, lastError } = await stage.run([stage.file("in.jsonl.gz", whole.subarray(0, -1_000))]);

    expect(code).toBe(2);
    expect(lastError).toMatch(/in\.jsonl\.gz is damaged after line [\d]+: its gzip data is incomplete or wrong/u);
    expect(lastError).toContain("Repeat the command to continue");
    expect(stage.server.stored.length % 500).toBe(0);
  });

  test("a file named .gz that is not gzipped", async () => {
    const { code, lastError } = await stage.run([stage.file("in.jsonl.gz", tickets(3))]);

    expect(code).toBe(2);
    expect(lastError).toContain("in.jsonl.gz is damaged");
  });
});
