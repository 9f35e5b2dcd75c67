import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildWorker } from "../../bench/runtime/build.ts";

/** Bytes of the Worker as it is deployed, to the next half thousand: whoever adds to it has to say so here. */
const MAX_BYTES = { minified: 528_500, gzipped: 167_000 };

test("the Worker does not grow unseen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "edgedesk-bundle-"));
  try {
    const { bytes, gzippedBytes } = await buildWorker("src/index.ts", folder);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES.minified);
    expect(gzippedBytes).toBeLessThanOrEqual(MAX_BYTES.gzipped);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
