import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { describe, expect, onTestFinished, test } from "vitest";
import { unstable_readConfig } from "wrangler";

const SECRET = "a-secret-of-this-test";

/** Looks for the Worker's bindings the way that any package in its bundle could. */
const PROBE = `
import * as worker from "cloudflare:workers";
const look = async (name) => await import(name).then(() => "there", () => "missing");
export default {
  async fetch(request, env) {
    return Response.json({
      binding: env.ROOT_KEY,
      process: typeof process,
      ofProcess: globalThis.process?.env?.ROOT_KEY ?? null,
      // A part of it is there whatever the flags say.
      ofModule: (await import("node:process")).env.ROOT_KEY ?? null,
      imported: worker.env?.ROOT_KEY ?? null,
      buffer: typeof Buffer,
      modules: [await look("node:fs"), await look("node:http")],
    });
  },
};`;

/** What the probe finds in the runtime, at the date of `wrangler.toml` and with these flags. */
async function found(flags: readonly string[]): Promise<unknown> {
  const { compatibility_date } = unstable_readConfig({ config: "wrangler.toml" }, { hideWarnings: true });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      log: new Log(LogLevel.NONE),
      workers: [
        {
          name: "probe",
          compatibilityDate: compatibility_date ?? "",
          compatibilityFlags: [...flags],
          modules: [{ type: "ESModule", path: "index.js", contents: PROBE }],
          bindings: { ROOT_KEY: SECRET },
        },
      ],
    }),
  );
  onTestFinished(async () => await miniflare.dispose());
  return await (await miniflare.dispatchFetch("http://probe.test/")).json();
}

describe("a package in the Worker's bundle", () => {
  test("finds no secret, and nothing of Node's through which it could", async () => {
    const { compatibility_flags } = unstable_readConfig({ config: "wrangler.toml" }, { hideWarnings: true });
    expect(await found(compatibility_flags)).toEqual({
      binding: SECRET,
      process: "undefined",
      ofProcess: null,
      ofModule: null,
      imported: null,
      buffer: "undefined",
      modules: ["missing", "missing"],
    });
  });

  test("would find all secrets without these flags", async () => {
    expect(await found([])).toMatchObject({ ofProcess: SECRET, ofModule: SECRET, imported: SECRET });
  });
});
