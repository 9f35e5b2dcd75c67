const EVERY_MS = 60_000;

/**
 * Triggers the cron now and then once a minute: local development has no cron of its own. `/cdn-cgi/local/scheduled` is
 * miniflare's, and is open without a flag. Failures are told once in a row, so that a worker in the making does not fill the screen.
 */
export function startCron(address: string): void {
  let failed = false;
  const tick = async () => {
    const problem = await triggerCron(address);
    if (problem !== undefined && !failed) console.error(`The cron failed: ${problem}`);
    failed = problem !== undefined;
  };
  void tick();
  setInterval(tick, EVERY_MS).unref();
}

/**
 * Triggers the cron once, and waits for its end.
 *
 * @returns what went wrong; undefined if nothing did
 */
export async function triggerCron(address: string): Promise<string | undefined> {
  const url = `${address}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(EVERY_MS) });
    const outcome = await answer.text();
    return answer.ok ? undefined : `${answer.status} ${outcome.slice(0, 200)}`;
  } catch (error) {
    return String(error);
  }
}
