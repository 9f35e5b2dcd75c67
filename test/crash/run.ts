import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "../oracle/lines.ts";
import type { Tally } from "../simulation/faults.ts";
import { Choices } from "./choices.ts";
import { Client } from "./client.ts";
import { type CycleFigures, runCycle, type Scene, untilConverged } from "./cycle.ts";
import { copyDataFile } from "./data-file.ts";
import { Door } from "./door.ts";
import { Importer } from "./importer.ts";
import { Judge } from "./judge.ts";
import { Ledger, type Violation } from "./ledger.ts";
import { finishOperations } from "./operations.ts";
import { CrashableService } from "./service.ts";

const CLIENTS = 16;

/** Tickets that all clients change. */
const SHARED = 3;

const LAST_LOOK_MS = 10_000;

/** How often a client tries to get its last answers. */
const MOST_RETURNS = 5;

/** What to run. */
export interface CrashRequest {
  readonly cycles: number;
  readonly seed: number;
  /** Ends the run early: what it started is killed. */
  readonly stopping: AbortSignal;
  readonly onCycle: (done: number) => void;
}

/** What came of it. */
export interface CrashResult {
  readonly seed: number;
  readonly seconds: number;
  readonly tally: Tally;
  readonly cycles: readonly CycleFigures[];
  readonly violations: readonly Violation[];
  /** The copy of the project with the data and the logs; removed if nothing was broken. */
  readonly folder: string;
  readonly isCutShort: boolean;
}

/** Kills the service again and again. Ends with the first cycle after which something was broken, so that it can be looked at. */
export async function runCrashTest(request: CrashRequest): Promise<CrashResult> {
  const begun = performance.now();
  const service = await CrashableService.prepare();
  const ledger = new Ledger();
  const cycles: CycleFigures[] = [];
  const killAtOnce = () => service.close(true);
  request.stopping.addEventListener("abort", killAtOnce);
  process.once("exit", killAtOnce);
  try {
    await runCycles(request, service, ledger, cycles);
  } catch (error) {
    // Whatever breaks because everything was killed is no news.
    if (!request.stopping.aborted) ledger.violated([{ kind: "start", detail: wordsOf(error) }]);
  } finally {
    process.off("exit", killAtOnce);
    request.stopping.removeEventListener("abort", killAtOnce);
    service.close(ledger.violations.length > 0);
    if (ledger.violations.length > 0) writeClients(service.folder, ledger);
  }
  return {
    seed: request.seed,
    seconds: (performance.now() - begun) / 1_000,
    tally: ledger.tally,
    cycles,
    violations: ledger.violations,
    folder: service.folder,
    isCutShort: request.stopping.aborted,
  };
}

/** What the clients know, for whoever looks for the fault. */
function writeClients(folder: string, { violations, attempts }: Ledger): void {
  writeFileSync(join(folder, "clients.json"), `${JSON.stringify({ violations, attempts }, undefined, 2)}\n`);
}

async function runCycles(
  { cycles, seed, stopping, onCycle }: CrashRequest,
  service: CrashableService,
  ledger: Ledger,
  figures: CycleFigures[],
): Promise<void> {
  await service.start();
  const scene = await setTheScene(service, ledger, seed, stopping);
  for (let cycle = 1; cycle <= cycles && ledger.violations.length === 0; cycle++) {
    figures.push(await runCycle(scene, cycle));
    onCycle(cycle);
  }
  if (ledger.violations.length === 0) await lookOnceMore(scene);
}

async function setTheScene(
  service: CrashableService,
  ledger: Ledger,
  seed: number,
  stopping: AbortSignal,
): Promise<Scene> {
  const next = random(seed);
  const door = new Door(service.address, service.key);
  const judge = new Judge(door, ledger);
  await judge.noteDemo();
  const shared: string[] = [];
  const needs = { door, ledger, shared };
  const clients = Array.from({ length: CLIENTS }, (_, index) => {
    return new Client(index + 1, { ...needs, choices: new Choices(random(Math.floor(next() * 2 ** 32))) });
  });
  for (const client of clients.slice(0, SHARED))
    shared.push(...[await client.createShared()].flatMap((id) => id ?? []));
  const importer = new Importer(door, ledger);
  return { service, door, ledger, judge, clients, importer, random: next, stopping };
}

/** At the end all clients get their answers; then everything is read again, also past the service. */
async function lookOnceMore({ service, door, ledger, judge, clients, importer, stopping }: Scene): Promise<void> {
  for (let turn = 0; turn < MOST_RETURNS && (turn === 0 || clients.some(({ pending }) => pending > 0)); turn++) {
    await Promise.all([importer, ...clients].map((one) => one.comeBack()));
  }
  await judge.checkTouched();
  await untilConverged(door, judge, performance.now() + LAST_LOOK_MS, stopping);
  await judge.readAll();
  judge.checkSeen();
  await finishOperations(service.address, door, ledger);
  await service.stop();
  const behind = judge.checkFile(copyDataFile(service.dataFolder).read());
  if (behind > 0) ledger.violated([{ kind: "stale row", detail: `${behind} rows are behind in the file at the end` }]);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
