import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT } from "../runtime/build.ts";
import type { Machine } from "./results.ts";

/** Packages whose versions decide what is measured; those that are not installed are left out. */
const PACKAGES = [
  "wrangler",
  "workerd",
  "miniflare",
  "hono",
  "drizzle-orm",
  "better-sqlite3",
  "@event-driven-io/emmett",
];

const manifest = z.object({ version: z.string() });

/** Describes this machine, without a name of it. */
export function describeMachine(): Machine {
  const versions: Record<string, string> = { node: process.versions.node };
  const { sqlite } = process.versions;
  if (sqlite !== undefined) versions["SQLite of node"] = sqlite;
  for (const name of PACKAGES) {
    const path = join(PROJECT, "node_modules", name, "package.json");
    if (existsSync(path)) versions[name] = manifest.parse(JSON.parse(readFileSync(path, "utf8"))).version;
  }
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() || "unknown",
    memory_bytes: totalmem(),
    kernel: `${type()} ${release()}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    versions,
  };
}
