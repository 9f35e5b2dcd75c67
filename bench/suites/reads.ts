import type { Bench, Figure, Suite } from "../figures.ts";
import { costsOf } from "./read-costs.ts";
import { type Marks, marksOf } from "./read-marks.ts";
import { READERS, readers, withServices } from "./read-systems.ts";

/** Something that is read. */
export interface Read {
  readonly what: string;
  readonly path: string;
}

const ROUNDS = 5;
const ROUNDS_QUICKLY = 3;

/**
 * A suite that measures what reads cost in the database, for each system that answers them and each size.
 *
 * @param readsOf what is read at a size
 */
export function readSuite(name: string, minutes: number, readsOf: (marks: Marks) => readonly Read[]): Suite {
  const run = async (bench: Bench) => {
    const figures: Figure[] = [];
    const start = await readers(bench);
    for (const [index, tickets] of bench.sizes.entries()) {
      const reads = readsOf(marksOf(bench.database("edgedesk", tickets)));
      await withServices(
        READERS,
        async (reader) => await start(reader, tickets),
        async (services) => {
          for (const [place, { what, path }] of reads.entries()) {
            bench.stopping.throwIfAborted();
            bench.progress((index + place / reads.length) / bench.sizes.length, `${tickets} tickets: ${what}`);
            const costs = await costsOf([...services.values()], path, bench.isQuick ? ROUNDS_QUICKLY : ROUNDS);
            for (const [at, system] of [...services.keys()].entries()) {
              figures.push({ suite: name, system, tickets, what, values: { ...costs[at] } });
            }
          }
        },
      );
    }
    bench.progress(1, "done");
    return figures;
  };
  return { name, minutes, run };
}
