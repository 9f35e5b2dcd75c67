import { figure } from "../../scripts/console.ts";
import { oneLine } from "../../scripts/local/run.ts";
import { cached, isFilled } from "../data/cache.ts";
import { type Filled, fill } from "../data/fill.ts";
import type { Bench, Figure, Suite } from "../figures.ts";
import { createProgress, type Part } from "./progress.ts";
import { makeWorkplace } from "./workplace.ts";

/** What a run is to measure. */
export interface Plan {
  readonly suites: readonly Suite[];
  readonly sizes: readonly number[];
  readonly isQuick: boolean;
  readonly needsDatabase: (suite: Suite) => boolean;
  readonly stopping: AbortSignal;
}

/** What came of it. */
export interface Measured {
  readonly figures: readonly Figure[];
  /** The names of the suites that broke off. */
  readonly failed: readonly string[];
}

/** Minutes that a ticket takes to be filled in both databases, as it was measured. */
const FILL_MINUTES = 0.000_015;
/** The part of a full run that a quick one takes. */
const QUICK_SHARE = 0.1;

/** Fills what is missing, and runs one suite after the other. One that fails holds up no other. */
export async function measure({ suites, sizes, isQuick, needsDatabase, stopping }: Plan): Promise<Measured> {
  const folder = makeWorkplace();
  const figures: Figure[] = [];
  const failed: string[] = [];
  const filled = suites.some(needsDatabase) ? [fillingOf(sizes)] : [];
  const measuring = suites.map(({ name, minutes }) => ({ name, minutes: isQuick ? minutes * QUICK_SHARE : minutes }));
  const progress = createProgress([...filled, ...measuring]);
  const fillNow = () =>
    fill({
      sizes,
      stopping,
      onProgress: (done, all, share) => progress.show(0, share, `${figure(done)} of ${figure(all)}`),
    });
  try {
    if (filled.length > 0) figures.push(...storageOf(await fillNow()));
    for (const [index, suite] of suites.entries()) {
      stopping.throwIfAborted();
      const current = index + filled.length;
      const show = (share: number, doing: string) => progress.show(current, share, doing);
      show(0, "starting");
      try {
        // What the suite before has written to, and so removed, is filled again.
        if (needsDatabase(suite)) await fillNow();
        figures.push(...(await suite.run(benchFor({ sizes, isQuick, folder, stopping }, show))));
        show(1, "done");
      } catch (error) {
        stopping.throwIfAborted();
        failed.push(suite.name);
        progress.note(`${suite.name} failed: ${reasonOf(error)}`);
      }
    }
  } finally {
    progress.end();
  }
  return { figures, failed };
}

function benchFor(given: Omit<Bench, "database" | "progress">, progress: Bench["progress"]): Bench {
  return { ...given, database: (kind, tickets) => cached(kind, tickets).path, progress };
}

/** What is filled already takes no time. */
function fillingOf(sizes: readonly number[]): Part {
  const isThere = (size: number) => isFilled(cached("edgedesk", size)) && isFilled(cached("compute-on-read", size));
  const missing = sizes.filter((size) => !isThere(size));
  return { name: "filling", minutes: FILL_MINUTES * missing.reduce((sum, size) => sum + size, 0) };
}

/** What a ticket takes on the disk. */
function storageOf(files: readonly Filled[]): Figure[] {
  return files.map(({ kind, tickets, bytes }) => ({
    suite: "storage",
    system: kind,
    tickets,
    what: "the database, all tables and indexes",
    values: { total_bytes: bytes, bytes_a_ticket: bytes / tickets },
  }));
}

/** A fault keeps its stack: it is for who mends the suite. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  return error.stack ?? error.message;
}
