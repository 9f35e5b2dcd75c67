import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { withoutChatter } from "./chatter.ts";
import { ended } from "./process-groups.ts";
import { Failure } from "./run.ts";
import { hasColours, startWrangler } from "./wrangler.ts";

/** The limit for the first answer; a first build on a small machine takes about ten seconds. */
const START_LIMIT_MS = 90_000;

/**
 * Starts `wrangler dev`, and waits until `GET /health` answers 200. The output of wrangler and the Worker is passed on.
 *
 * @param onStart receives the leader of wrangler's process group
 * @returns a promise within an object: it rejects when the server ends, and never resolves.
 * @throws Failure if the worker cannot be built, wrangler ends, or nothing answers in time.
 */
export async function startDevServer(
  host: string,
  port: number,
  folder: string,
  onStart: (leader: number | undefined) => void,
): Promise<{ end: Promise<never> }> {
  const wrangler = startWrangler([
    ...["dev", "--ip", host, "--port", `${port}`, "--persist-to", folder],
    // Any free port for the debugger: another project may use the default one.
    ...["--inspector-port", "0", "--show-interactive-dev-session=false"],
  ]);
  onStart(wrangler.pid);
  let ready = false;
  const end = ended(wrangler).then(({ how }) => {
    throw new Failure(ready ? `wrangler dev has ended (${how})` : `wrangler dev ended before it answered (${how})`);
  });
  const unbuilt = Promise.withResolvers<never>();
  const onLine = (line: string) => {
    if (/\[ERROR\] Build failed/u.test(line)) unbuilt.reject(new Failure("The Worker could not be built: see above"));
  };
  pass(wrangler.stdout, process.stdout, onLine);
  pass(wrangler.stderr, process.stderr, onLine);
  // An unhandled rejection must not end the script during its clean-up.
  for (const failure of [end, unbuilt.promise]) failure.catch(() => {});
  await Promise.race([untilHealthy(`http://${host}:${port}/health`), end, unbuilt.promise]);
  ready = true;
  return { end };
}

function pass(from: Readable | null, to: NodeJS.WriteStream, onLine: (line: string) => void): void {
  if (from === null) return;
  const isNews = withoutChatter();
  createInterface({ input: from }).on("line", (line) => {
    const plain = stripVTControlCharacters(line);
    if (isNews(plain)) to.write(`${hasColours() ? line : plain}\n`);
    onLine(plain);
  });
}

async function untilHealthy(address: string): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  let last = "no answer";
  while (performance.now() < deadline) {
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) });
      await answer.body?.cancel();
      if (answer.status === 200) return;
      last = `${answer.status}`;
    } catch {
      // Nothing listens yet, or the Worker is being built.
    }
    await pause(100);
  }
  throw new Failure(`GET /health did not answer 200 within ${START_LIMIT_MS / 1_000} seconds (last: ${last})`);
}
