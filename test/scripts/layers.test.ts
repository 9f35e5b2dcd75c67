import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// No import runs up: biome.json has one rule for each folder. Here every forbidden import is planted once.

const root = join(import.meta.dirname, "../..");
const PROJECTION = ["core", "consistency", "walks", "status", "delivery", "read-models"].map(
  (room) => `projection/${room}`,
);
const ROOMS = ["domain", "platform", "search", "commands", "keys", ...PROJECTION, "queries", "erasure", "http"];

/** What each folder may import beside itself. The client is a program of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  platform: ["domain"],
  search: ["platform"],
  commands: ["domain", "platform"],
  keys: ["domain", "platform"],
  "projection/core": ["domain", "platform", "search"],
  "projection/consistency": ["domain", "platform", "search", "projection/core"],
  "projection/walks": ["domain", "platform", "search", "projection/core"],
  "projection/status": ["domain", "platform", "search", "projection/core", "projection/walks"],
  "projection/delivery": [
    ...["domain", "platform", "search"],
    ...["core", "walks", "status"].map((room) => `projection/${room}`),
  ],
  "projection/read-models": ["domain", "platform", "search", "projection/core"],
  queries: ["domain", "platform", "search", ...PROJECTION],
  erasure: ["domain", "platform", "commands", ...PROJECTION],
  http: ROOMS.filter((room) => room !== "http"),
  client: [],
};

/** The entry points and what wires them. */
const ENTRY_POINTS = ["cron.ts", "index.ts", "runtime.ts", "worker.ts"];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "edgedesk-layers-"));
  for (const name of ["biome.json", ".gitignore", "src"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  execFileSync("git", ["init", "--quiet", folder]);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Plants files that import from each place, and says which of the imports are refused. */
function refusedImports(room: string, places: readonly string[]): string[] {
  const planted = join(folder, "src", room, "planted");
  mkdirSync(planted, { recursive: true });
  const up = "../".repeat(room.split("/").length + 1);
  for (const [index, place] of places.entries()) {
    writeFileSync(join(planted, `import-${index}.ts`), `import "${up}${place}";\n`);
  }
  const command = join(root, "node_modules/.bin/biome");
  const { stdout } = spawnSync(command, ["lint", "--reporter=json", "--max-diagnostics=none", planted], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(planted, { recursive: true });
  const refused = new Set(stdout.match(/import-\d+\.ts/g));
  return places.filter((_, index) => refused.has(`import-${index}.ts`));
}

describe("imports", () => {
  test("every folder has its rule", () => {
    const top = readdirSync(join(root, "src"), { withFileTypes: true });
    const folders = top.filter((one) => one.isDirectory()).map(({ name }) => name);
    const within = readdirSync(join(root, "src/projection")).map((name) => `projection/${name}`);
    const all = folders.flatMap((name) => (name === "projection" ? within : [name]));
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(all.toSorted());
    expect(top.filter((one) => one.isFile()).map(({ name }) => name)).toEqual(ENTRY_POINTS);
  });

  test.each(Object.entries(MAY_IMPORT))("%s imports nothing above it", (room, allowed) => {
    const others = ROOMS.filter((other) => other !== room);
    const files = others.map((other) => `${other}/file.ts`);
    const wiring = ["runtime.ts", "worker.ts", "cron.ts"];
    const forbidden = others.filter((other) => !allowed.includes(other)).map((other) => `${other}/file.ts`);
    expect(refusedImports(room, [...files, ...wiring])).toEqual([...forbidden, ...wiring]);
  });

  test("the client imports the service's types only", () => {
    expect(refusedImports("client", ["http/types.ts", "http/app.ts"])).toEqual(["http/app.ts"]);
  });
});
