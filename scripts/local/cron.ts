const EVERY_MS = 60_000;

/**
 * Triggers the cron now, then once a minute: local development has no cron. `/cdn-cgi/local/scheduled` is a route of miniflare, open
 * without a flag. Of consecutive failures only the first is printed, so that a Worker under development does not fill the screen.
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
 * @returns the error; undefined if the cron succeeded
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
