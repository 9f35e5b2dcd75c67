import { setTimeout as pause } from "node:timers/promises";

/** A load that does not wait for answers: what a slow service does not take piles up, as it does with callers who know nothing of one another. */
export interface Load {
  /** Beginnings a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Begins one; settles when it is done. */
  readonly begin: (index: number) => Promise<void>;
  readonly stopping: AbortSignal;
}

/** What became of a load. */
export interface Loaded {
  readonly begun: number;
  /** Not begun, because too many were under way. */
  readonly refused: number;
  readonly failed: number;
  /** Ends a second, while it lasted and until the last one had ended. */
  readonly achieved: number;
}

/** More at once say only that the service is behind, and would take the machine from it. */
const MOST_AT_ONCE = 200;
/** How long the last ones may take, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Begins work at a steady rate, for a bounded time, and waits for its end. */
export async function openLoop({ rate, seconds, begin, stopping }: Load): Promise<Loaded> {
  const count = Math.round(rate * seconds);
  const begunAt = performance.now();
  const underWay = new Set<Promise<void>>();
  let refused = 0;
  let failed = 0;
  let done = 0;
  for (let index = 0; index < count; index++) {
    const wait = begunAt + (index * 1_000) / rate - performance.now();
    if (wait > 0) await pause(wait, undefined, { signal: stopping });
    if (underWay.size >= MOST_AT_ONCE) {
      refused++;
      continue;
    }
    const work = begin(index)
      .then(() => {
        done++;
      })
      .catch(() => {
        failed++;
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }
  const patience = new AbortController();
  await Promise.race([
    Promise.all(underWay),
    pause(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {}),
  ]);
  patience.abort();
  failed += underWay.size;
  return { begun: count - refused, refused, failed, achieved: (done * 1_000) / (performance.now() - begunAt) };
}
