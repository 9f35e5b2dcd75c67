import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freshClone } from "./newcomer.ts";
import { freePort } from "./ports.ts";

test("wrangler dev by itself works after npm run migrate", async () => {
  const folder = freshClone();
  execFileSync("npm", ["run", "migrate"], { cwd: folder, stdio: "pipe" });
  const port = await freePort();
  const wrangler = join(folder, "node_modules", ".bin", "wrangler");
  const options = ["dev", "--port", port, "--ip", "127.0.0.1", "--inspector-port", "0"];
  const server = spawn(process.execPath, [wrangler, ...options], { cwd: folder, stdio: "ignore", detached: true });
  onTestFinished(() => void process.kill(-(server.pid ?? 0), "SIGKILL"));

  const request = (init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}/tickets`, {
      ...init,
      headers: { Authorization: "Bearer edgedesk-local-key", "Content-Type": "application/json" },
    });
  const body = JSON.stringify({ customer_id: "you", subject: "By itself", message: "Does it work?" });
  const created = () => request({ method: "POST", body }).catch(() => Response.error());
  await expect.poll(async () => (await created()).status, { timeout: 600_000, interval: 500 }).toBe(201);
  await expect
    .poll(async () => (await (await request()).json()) as object, { timeout: 600_000 })
    .toMatchObject({ items: [{ subject: "By itself" }] });
});
