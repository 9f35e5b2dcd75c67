import { join } from "node:path";
import type { Bench } from "../figures.ts";
import { BENCH_ENTRY, buildWorker, COMPUTE_ON_READ_ENTRY } from "../runtime/build.ts";
import { type Service, startService } from "../runtime/service.ts";

/** The systems that are Workers and answer lists. */
export const READERS = ["edgedesk", "compute-on-read"] as const;
export type Reader = (typeof READERS)[number];

const ENTRIES: Readonly<Record<Reader, string>> = {
  edgedesk: BENCH_ENTRY,
  "compute-on-read": COMPUTE_ON_READ_ENTRY,
};

/** Builds what answers lists; gives what starts one of them on the tickets of a size. Nobody writes, so they take the filled file itself. */
export async function readers(bench: Bench): Promise<(reader: Reader, tickets: number) => Promise<Service>> {
  const scripts = new Map<Reader, string>();
  for (const reader of READERS) {
    bench.stopping.throwIfAborted();
    const { script } = await buildWorker(ENTRIES[reader], join(bench.folder, `read-${reader}`));
    scripts.set(reader, script);
  }
  return async (reader, tickets) =>
    await startService({
      script: scripts.get(reader) ?? "",
      database: bench.database(reader, tickets),
      placing: "link",
      folder: bench.folder,
    });
}

/** Has several systems run while something is done with them. */
export async function withServices<System extends string, Runs extends Pick<Service, "stop">>(
  systems: readonly System[],
  start: (system: System) => Promise<Runs>,
  work: (services: ReadonlyMap<System, Runs>) => Promise<void>,
): Promise<void> {
  const services = new Map<System, Runs>();
  try {
    for (const system of systems) services.set(system, await start(system));
    await work(services);
  } finally {
    for (const service of services.values()) await service.stop();
  }
}
