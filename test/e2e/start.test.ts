import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { generateClient, runProgram } from "../document/generated.ts";
import { freshClone, NpmStart } from "./newcomer.ts";
import { expectPage } from "./page.ts";
import { pasteAll } from "./pasted.ts";
import { freePort, takePort } from "./ports.ts";
import { descendantsOf, stillRunning } from "./process-table.ts";

interface Ticket {
  readonly assignee_id: string | null;
  readonly waiting_since: string;
}

/** Runs a line of the greeting, as pasted. */
const paste = (line: string) => JSON.parse(execFileSync("sh", ["-c", line], { encoding: "utf8", stdio: "pipe" }));

const curlLines = (output: string) => output.split("\n").filter((line) => line.trim().startsWith("curl "));

test("npm start, from a clone to the second start", async () => {
  const folder = freshClone();
  const PORT = await freePort();
  const address = `http://127.0.0.1:${PORT}`;
  const first = new NpmStart(folder, { PORT, PERSIST_TO: "data" });
  await first.ready();

  expect((await fetch(`${address}/health`)).status).toBe(200);
  expect((await fetch(`${address}/tickets`)).status).toBe(401);
  expect(first.output).toContain(address);
  expect(first.output).toContain("edgedesk-local-key");
  expect(first.output).toContain("demo tickets");
  expect(first.complaints).toEqual([]);
  expect(existsSync(join(folder, ".dev.vars"))).toBe(true);
  expect(existsSync(join(folder, "data"))).toBe(true);
  expect(existsSync(join(folder, ".wrangler", "state"))).toBe(false);
  expect(await (await fetch(`${address}/cdn-cgi/local/scheduled`)).text()).toBe("ok");

  for (const another of [PORT, await freePort()]) {
    const rival = new NpmStart(folder, { PORT: another, PERSIST_TO: "data" });
    expect((await rival.ended).code).toBe(1);
    expect(rival.complaints).toEqual([expect.stringContaining(`is already served at ${address}:`)]);
  }

  const [unassigned = "", search = "", numbers = "", create = "", ...more] = curlLines(first.output);
  expect(more).toEqual([]);
  const waiting: Ticket[] = paste(unassigned).items;
  expect(waiting).toHaveLength(5);
  expect(waiting.map(({ assignee_id }) => assignee_id)).toEqual([null, null, null, null, null]);
  const since = waiting.map(({ waiting_since }) => waiting_since);
  expect(since).toEqual(since.toSorted());
  expect(paste(search).items.length).toBeGreaterThan(0);
  expect(paste(numbers)).toMatchObject({ unassigned: expect.any(Number), oldest_waiting: { since: since[0] } });
  expect(paste(create)).toMatchObject({ id: expect.any(String), version: 1 });

  const { blocks, output } = await pasteAll("README.md", address);
  expect(blocks.length).toBeGreaterThan(1);
  expect(output).toContain("The invoice of October is missing");

  await expectPage(address);
  const client = await generateClient();
  onTestFinished(() => rmSync(client, { recursive: true }));
  expect(await runProgram(client, address, "edgedesk-local-key")).toEqual({
    id: expect.any(String),
    version: 1,
    previews: expect.arrayContaining(["How does it work?"]),
    problem: "/problems/ticket-not-found",
  });
  const headers = { Authorization: "Bearer edgedesk-local-key" };
  const nowhere = await fetch(`${address}/nowhere`, { headers });
  expect([nowhere.status, await nowhere.json()]).toMatchObject([404, { type: "/problems/route-not-found" }]);

  const started = descendantsOf(first.pid);
  expect(stillRunning(started).some((command) => command.includes("workerd"))).toBe(true);
  first.pressCtrlC();
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(stillRunning(started)).toEqual([]);

  const second = new NpmStart(folder, { PORT, PERSIST_TO: "data" });
  await second.ready();
  expect(second.output).not.toContain("demo tickets");
  const again = descendantsOf(second.pid);
  // Not the terminal this time, but a program that knows only npm.
  process.kill(second.pid, "SIGTERM");
  await second.ended;
  await expect.poll(() => stillRunning(again), { timeout: 600_000 }).toEqual([]);
});

test("Ctrl-C while it is starting ends it too", async () => {
  const npm = new NpmStart(freshClone(), { PORT: await freePort() });
  await expect.poll(() => npm.output, { timeout: 600_000 }).toContain("Starting");
  await expect.poll(() => descendantsOf(npm.pid).length, { timeout: 600_000 }).toBeGreaterThan(2);
  const started = descendantsOf(npm.pid);
  npm.pressCtrlC();
  expect(await npm.ended).toEqual({ code: 0, signal: null });
  expect(stillRunning(started)).toEqual([]);
  expect(npm.complaints).toEqual([]);
});

test("a taken port is one line, before anything is started", async () => {
  const folder = freshClone();
  const { port, release } = await takePort();
  const npm = new NpmStart(folder, { PORT: `${port}` });
  expect((await npm.ended).code).toBe(1);
  await release();
  expect(npm.complaints).toEqual([expect.stringContaining(`Port ${port} is in use`)]);
  expect(existsSync(join(folder, ".wrangler", "state", "v3"))).toBe(false);
});

test.each(["http", "0", "65536", "80.5", "-1"])("PORT=%s is one line", async (PORT) => {
  const npm = new NpmStart(freshClone(), { PORT });
  expect((await npm.ended).code).toBe(1);
  expect(npm.complaints).toEqual([expect.stringContaining(`PORT=${PORT} is not a port`)]);
});

test("a broken migration is one line, with its name and the database's reason", async () => {
  const folder = freshClone();
  writeFileSync(join(folder, "migrations", "9999_broken.sql"), "CREAT TABLE lamp (id TEXT);\n");
  const npm = new NpmStart(folder, { PORT: await freePort() });
  expect((await npm.ended).code).toBe(1);
  expect(npm.complaints).toEqual([expect.stringMatching(/9999_broken\.sql failed: near "CREAT": syntax error/u)]);
});

test("a worker that cannot be built ends it, with the compiler's words", async () => {
  const folder = freshClone();
  writeFileSync(join(folder, "src", "index.ts"), 'import "./not-there.ts";\n');
  const npm = new NpmStart(folder, { PORT: await freePort() });
  expect((await npm.ended).code).toBe(1);
  expect(npm.errors).toContain('Could not resolve "./not-there.ts"');
});

test("missing packages are one line, on an old Node too", async () => {
  const npm = new NpmStart(freshClone("missing"), { PORT: await freePort() });
  expect((await npm.ended).code).toBe(1);
  expect(npm.complaints).toEqual([expect.stringContaining("run `npm ci` first")]);
});
