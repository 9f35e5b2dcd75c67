import { setTimeout as pause } from "node:timers/promises";
import { triggerCron } from "../../scripts/local/cron.ts";
import { count } from "../simulation/faults.ts";
import type { Client } from "./client.ts";
import { copyDataFile } from "./data-file.ts";
import type { Door } from "./door.ts";
import type { Importer } from "./importer.ts";
import type { Judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { startOperation } from "./operations.ts";
import type { CrashableService } from "./service.ts";

/** The load before the kill. */
const SHORTEST_LOAD_MS = 1_000;
const LONGEST_LOAD_MS = 4_000;

/** An import is sent at most so long before the kill: that is about as long as it takes, under this load. */
const IMPORT_BEFORE_KILL_MS = 400;

/**
 * What the queue is given before a sweep takes a change for overdue (`QUEUE_GRACE_MS` of the service), and a little more. The
 * first sweep that can make good what the queue lost is the first one after that.
 */
const GRACE_MS = 10_250;

/** Each third restart is killed, too. */
const KILLED_IN_START = 3;
const LONGEST_START_MS = 6_000;

/** What a sweep claims comes due again so much later (`FIRST_BACKOFF_MS` of the service), and a little more. */
const BACKOFF_MS = 15_250;

/** Within this time of that sweep, the read model must be the projection of the source. */
const CONVERGENCE_LIMIT_MS = 10_000;

/** All that a cycle works with. */
export interface Scene {
  readonly service: CrashableService;
  readonly door: Door;
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly clients: readonly Client[];
  readonly importer: Importer;
  readonly random: () => number;
  /** Ends pauses: the run is called off. */
  readonly stopping: AbortSignal;
}

/** What a cycle was like. */
export interface CycleFigures {
  readonly loadMs: number;
  readonly restartMs: number;
  /** Rows that were not their projection when the service was killed. */
  readonly behindAtKill: number;
  /** Tickets in the backlog when the sweep came. */
  readonly behindAtSweep: number;
  readonly convergenceMs: number;
}

/** Load, kill, restart, and all checks. */
export async function runCycle(scene: Scene, cycle: number): Promise<CycleFigures> {
  const { service, clients, judge, ledger, stopping } = scene;
  const { loadMs, killedAt } = await loadAndKill(scene, cycle);
  const copy = copyDataFile(service.dataFolder);
  const dueAt = cycle % KILLED_IN_START === 0 ? await killInStart(scene) : killedAt + GRACE_MS;
  const restartMs = await service.start();
  const behindAtKill = judge.checkFile(copy.read());
  // Some clients are back at once, before any sweep; the rows of the others wait for the sweep.
  const eager = clients.filter((_, index) => (index + cycle) % 2 === 0);
  await Promise.all(eager.map((client) => client.comeBack()));
  await judge.checkTouched();
  await pause(Math.max(0, dueAt - performance.now()), undefined, { signal: stopping });
  const { backlog } = await scene.door.projections();
  const convergenceMs = await sweepAndConverge(scene);
  judge.checkSeen();
  count(ledger.tally, "cycles");
  return { loadMs, restartMs, behindAtKill, behindAtSweep: backlog.count, convergenceMs };
}

async function loadAndKill(scene: Scene, cycle: number) {
  const { service, door, ledger, clients, importer, random, stopping } = scene;
  const loadMs = SHORTEST_LOAD_MS + random() * (LONGEST_LOAD_MS - SHORTEST_LOAD_MS);
  const operationMs = random() * loadMs;
  const importMs = loadMs - random() * IMPORT_BEFORE_KILL_MS;
  const operation = random() < 0.5 ? "rebuild" : "audit";
  let isOver = false;
  const load = Promise.all(clients.map((client) => client.work(cycle, () => isOver || stopping.aborted)));
  const others = Promise.all([
    pause(operationMs).then(() => startOperation(door, ledger, operation)),
    pause(importMs).then(() => importer.give()),
  ]);
  // Whatever broke is told at the end, where they are waited for.
  others.catch(() => {});
  // The wait is over at once if the load breaks; it does not end by itself.
  await Promise.race([pause(loadMs, undefined, { signal: stopping }), load]);
  if (!service.isUp) ledger.violated([{ kind: "start", detail: `the service ended by itself in cycle ${cycle}` }]);
  const killedAt = performance.now();
  isOver = true;
  count(ledger.tally, "processes killed", service.kill());
  count(ledger.tally, "kills");
  await Promise.all([load, others]);
  return { loadMs, killedAt };
}

/**
 * Starts the service and kills it in the midst of that: before, in or after its first sweep, or while it migrates.
 *
 * @returns when a sweep can make good what was lost: one that was killed has put off what it had claimed
 */
async function killInStart({ service, judge, ledger, random, stopping }: Scene): Promise<number> {
  const starting = service.start().catch(() => 0);
  await pause(random() * LONGEST_START_MS, undefined, { signal: stopping });
  count(ledger.tally, "processes killed", service.kill());
  count(ledger.tally, "kills");
  count(ledger.tally, "kills in the start");
  await starting;
  judge.checkFile(copyDataFile(service.dataFolder).read());
  return performance.now() + BACKOFF_MS;
}

/** @returns milliseconds from the trigger of the sweep to the first look that found nothing wrong */
async function sweepAndConverge({ service, door, judge, ledger, stopping }: Scene): Promise<number> {
  const begun = performance.now();
  const problem = await triggerCron(service.address);
  if (problem !== undefined) ledger.violated([{ kind: "answer", detail: `the cron failed: ${problem}` }]);
  await untilConverged(door, judge, begun + CONVERGENCE_LIMIT_MS, stopping);
  return performance.now() - begun;
}

/** Looks at the list until it is as it must be; what is wrong at the deadline is noted. */
export async function untilConverged(door: Door, judge: Judge, deadline: number, stopping: AbortSignal): Promise<void> {
  while (performance.now() < deadline) {
    const { backlog } = await door.projections();
    if (backlog.count === 0 && (await judge.checkList(false))) return;
    await pause(50, undefined, { signal: stopping });
  }
  await judge.checkList(true);
}
