import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A Cloudflare account, as the stand-in for wrangler keeps it. */
export interface Account {
  loggedIn: boolean;
  subdomain: boolean;
  url: string;
  /** The names of the migrations that each database has. */
  databases: Record<string, string[]>;
  queues: string[];
  worker?: { secrets: Record<string, string>; versions: number };
  /** What goes wrong once, before or after the command took effect. */
  troubles: { at: string; after?: boolean; message?: string; hangs?: boolean }[];
  calls: string[];
  /** What must never happen, and did. */
  faults: string[];
  secretsFiles: { path: string; mode: string }[];
}

/** What a run of the script left on the terminal. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lastError: string;
}

const script = fileURLToPath(new URL("../../../scripts/deploy.ts", import.meta.url));
const standIn = fileURLToPath(new URL("./stand-in-wrangler.ts", import.meta.url));

/** A fake account, with a deployment that answers on 127.0.0.1, and a folder for the script's temporary files. */
export class Stage {
  /** The deployment's answer, where it is not the healthy one. */
  answer: ((path: string, key: string | undefined) => number) | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), "edgedesk-test-"));
  readonly #account = join(this.folder, "account.json");
  readonly #temporary = mkdtempSync(join(this.folder, "tmp-"));
  #server: Server | undefined;

  async open(account: Partial<Account> = {}): Promise<this> {
    this.#server = createServer((request, response) => {
      const key = request.headers.authorization?.replace("Bearer ", "");
      const status = (this.answer ?? this.#healthyAnswer)(request.url ?? "", key);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ backlog: { count: 0, oldest_seconds: null }, detail: "It is down for maintenance." }),
      );
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => this.#server?.once("listening", resolve));
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const empty = { loggedIn: true, subdomain: true, databases: {}, queues: [], troubles: [] };
    this.write({ ...empty, url, calls: [], faults: [], secretsFiles: [], ...account });
    return this;
  }

  readonly #healthyAnswer = (path: string, key: string | undefined): number => {
    const { worker } = this.account();
    if (worker === undefined) return 404;
    return path === "/health" || key === worker.secrets["ROOT_KEY"] ? 200 : 401;
  };

  account(): Account {
    return JSON.parse(readFileSync(this.#account, "utf8"));
  }

  write(account: Account): void {
    writeFileSync(this.#account, JSON.stringify(account));
  }

  /** Lets something go wrong once, from here on. */
  prepare(...troubles: Account["troubles"]): void {
    this.write({ ...this.account(), calls: [], secretsFiles: [], troubles });
  }

  temporaryFiles(): string[] {
    return readdirSync(this.#temporary);
  }

  /** Waits until the script has called wrangler so. */
  async called(command: string): Promise<void> {
    // With its options: the name alone is among the troubles too.
    while (!readFileSync(this.#account, "utf8").includes(`"${command} `)) await pause(10);
  }

  start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Run> } {
    const child = spawn(process.execPath, [script, "--wait", "2", ...args], {
      env: {
        PATH: process.env["PATH"],
        WRANGLER: standIn,
        ACCOUNT: this.#account,
        TMPDIR: this.#temporary,
        // Wrangler's reader of wrangler.toml is 15 MB of JavaScript: it loads in half the time when it is compiled already.
        NODE_COMPILE_CACHE: join(tmpdir(), "edgedesk-test-compile-cache"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Run>((resolve) => {
      child.once("close", (code) =>
        resolve({ code, stdout, stderr, lastError: stderr.trim().split("\n").at(-1) ?? "" }),
      );
    });
    return { child, ended };
  }

  run(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return this.start(args, env).ended;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The key that a run has shown; undefined if it has shown none. */
export function shownKey(run: Run): string | undefined {
  return /ROOT_KEY=(?<key>\S+)/u.exec(run.stdout)?.groups?.["key"];
}
