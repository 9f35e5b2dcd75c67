import { Failure } from "../../scripts/local/run.ts";
import type { Service } from "../runtime/service.ts";
import { median } from "./statistics.ts";

/** Something that is asked for again and again. */
export interface Target {
  readonly service: Pick<Service, "fetch" | "cpuSeconds">;
  readonly path: string;
}

/** What a request of one turn took. */
export interface Turn {
  /** The median time from its start to the last byte of its answer. */
  readonly ms: number;
  /** The time that the process that answers had of a core, by request; undefined where nobody knows. */
  readonly cpuMs: number | undefined;
}

/** How long a turn goes on at least: the time of a core is known to 10 ms. */
const LEAST_MS = 300;
/** The longest that one turn takes; what takes long is as exact with fewer requests. */
const MOST_MS = 1_000;

/**
 * One request after the other to one target.
 *
 * @param requests so many, or more where they are soon done
 */
export async function turn({ service, path }: Target, requests: number): Promise<Turn> {
  const times: number[] = [];
  const cpuBefore = service.cpuSeconds();
  const begun = performance.now();
  for (let passed = 0; passed < (times.length < requests ? MOST_MS : LEAST_MS); passed = performance.now() - begun) {
    const start = performance.now();
    const response = await service.fetch(path);
    await response.arrayBuffer();
    times.push(performance.now() - start);
    if (response.status !== 200) throw new Failure(`${path} was answered with ${response.status}`);
  }
  const cpuAfter = service.cpuSeconds();
  const isKnown = cpuBefore !== undefined && cpuAfter !== undefined;
  return { ms: median(times), cpuMs: isKnown ? ((cpuAfter - cpuBefore) * 1_000) / times.length : undefined };
}

/** The medians of several turns, and those of their multiples of another target's turns in the same rounds. */
export function multiplesOf(turns: readonly Turn[], of: readonly Turn[]): { time: number; cpu: number | null } {
  const cpu = turns.flatMap(({ cpuMs }, round) => {
    const other = of[round]?.cpuMs;
    return cpuMs === undefined || other === undefined || other === 0 ? [] : [cpuMs / other];
  });
  const time = turns.map(({ ms }, round) => ms / (of[round]?.ms ?? Number.NaN));
  return { time: median(time), cpu: cpu.length === 0 ? null : median(cpu) };
}
