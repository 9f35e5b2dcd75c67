import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const MODULE = join(import.meta.dirname, "../../scripts/local/data-lock.ts");

/** Takes the folder, tells what became of it, and lives on where it has it. */
const PROGRAM = `
const { takeDataFolder } = await import(${JSON.stringify(MODULE)});
const [folder, address, start] = process.argv.slice(1);
while (Date.now() < Number(start)) {}
try {
  await takeDataFolder(folder, address);
  console.log("taken");
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log(error.message);
}`;

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "edgedesk-lock-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(folder, { recursive: true });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Starts a process that takes the folder, and waits for what it says. */
async function take(address: string, start = 0): Promise<{ readonly said: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM, folder, address, `${start}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [said] = await once(child.stdout, "data");
  return { said: String(said).trim(), child };
}

test("a second service on a data folder is refused, with the address of the first", async () => {
  expect((await take("http://127.0.0.1:1001")).said).toBe("taken");
  expect((await take("http://127.0.0.1:1002")).said).toContain("is already served at http://127.0.0.1:1001:");
});

test("kill -9 releases the lock", async () => {
  const first = await take("http://127.0.0.1:1001");
  await kill(first.child);
  const second = await take("http://127.0.0.1:1002");
  expect(second.said).toBe("taken");
  second.child.kill("SIGTERM");
  await once(second.child, "exit");
  expect((await take("http://127.0.0.1:1003")).said).toBe("taken");
});

test("of several services that start at the same instant, one gets the lock", async () => {
  const start = Date.now() + 3_000;
  const all = await Promise.all([1, 2, 3, 4].map((number) => take(`http://127.0.0.1:100${number}`, start)));
  expect(all.filter(({ said }) => said === "taken")).toHaveLength(1);
  expect(all.filter(({ said }) => said.includes("is already served"))).toHaveLength(3);
});

test("a service that a killed start left behind: the message has its address and the command to stop it", async () => {
  const server = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const left = spawn(process.execPath, ["--eval", "setInterval(() => {}, 60_000)"], {
    detached: true,
    stdio: "ignore",
  });
  children.push(left);
  writeFileSync(join(folder, "served.json"), JSON.stringify({ address, leader: left.pid }));
  expect((await take("http://127.0.0.1:1002")).said).toContain(
    `at ${address}, by a process that a killed npm start left behind`,
  );
  await kill(left);
  // Another program may have its address by now.
  expect((await take("http://127.0.0.1:1003")).said).toBe("taken");
  server.close();
});
