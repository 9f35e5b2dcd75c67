import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { withoutChatter } from "./chatter.ts";
import { ended } from "./process-groups.ts";
import { Failure } from "./run.ts";
import { hasColours, startWrangler } from "./wrangler.ts";

/** How long the first answer may take; a small machine that builds for the first time needs about ten seconds. */
const START_LIMIT_MS = 90_000;

/**
 * Starts `wrangler dev` and waits until `GET /health` answers 200. What wrangler and the worker say goes through to our output.
 *
 * @param onStart gets the leader of wrangler's process group
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
    // Any free port for the debugger: the usual one is another project's as likely as not.
    ...["--inspector-port", "0", "--show-interactive-dev-session=false"],
  ]);
  onStart(wrangler.pid);
  let ready = false;
  const end = ended(wrangler).then(({ how }) => {
    throw new Failure(ready ? `wrangler dev has ended (${how})` : `wrangler dev ended before it answered (${how})`);
  });
  const unbuilt = Promise.withResolvers<never>();
  const onLine = (line: string) => {
    if (/\[ERROR\] Build failed/u.test(line)) unbuilt.reject(new Failure("The worker could not be built: see above"));
  };
  pass(wrangler.stdout, process.stdout, onLine);
  pass(wrangler.stderr, process.stderr, onLine);
  // A rejection that nobody waits for any more must not end the script in the midst of its clean-up.
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
      // Nobody listens yet, or the worker is being built.
    }
    await pause(100);
  }
  throw new Failure(`GET /health gave no 200 within ${START_LIMIT_MS / 1_000} seconds (last: ${last})`);
}
