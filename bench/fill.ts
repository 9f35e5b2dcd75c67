/** `node bench/fill.ts`: fills the databases that the bench measures on. `--help` says more. */
import { parseArgs } from "node:util";
import { duration, ExitError, figure, printDone, runScript } from "../scripts/console.ts";
import { listenForInterruption } from "../scripts/interruption.ts";
import { fill } from "./data/fill.ts";
import { createFillProgress } from "./data/fill-progress.ts";

const HELP = `node bench/fill.ts [OPTIONS]

Fills the databases that the bench measures on: the service's own, and that of the competitor that computes lists when they are read, with
the same tickets. What is filled is kept in bench/.cache, until something changes that would fill it otherwise.

  --tickets N,…  the sizes (10000)
  --help`;

const MOST_TICKETS = 2_000_000;

await runScript(async () => {
  const sizes = readSizes(process.argv.slice(2));
  if (sizes === undefined) {
    console.log(HELP);
    return 0;
  }
  const interruption = listenForInterruption();
  const display = createFillProgress();
  try {
    const files = await fill({ sizes, stopping: interruption.asked, onProgress: display.progress });
    display.end();
    for (const { kind, tickets, bytes, seconds } of files) {
      const took =
        seconds === undefined
          ? "was there already"
          : `${duration(seconds * 1_000)}, ${figure(tickets / seconds)} a second`;
      printDone(`${kind}: ${figure(tickets)} tickets, ${figure(bytes / tickets)} bytes each (${took})`);
    }
    return 0;
  } catch (error) {
    if (interruption.asked.aborted)
      throw new ExitError("Stopped: what was not whole is filled anew", interruption.exitCode());
    throw error;
  } finally {
    display.end();
  }
});

function readSizes(args: readonly string[]): number[] | undefined {
  const { tickets, help } = parsed(args);
  if (help) return undefined;
  return tickets.split(",").map((text) => {
    const size = /^\d{1,7}$/u.test(text) ? Number(text) : Number.NaN;
    if (size >= 1 && size <= MOST_TICKETS) return size;
    throw new ExitError(`--tickets takes whole numbers from 1 to ${figure(MOST_TICKETS)}, not "${text}"`, 2);
  });
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { tickets: { type: "string", default: "10000" }, help: { type: "boolean", short: "h", default: false } },
    }).values;
  } catch (error) {
    throw new ExitError(error instanceof Error ? error.message : String(error), 2);
  }
}
