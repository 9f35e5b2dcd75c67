import { PARKED_INTERVAL_MS } from "../../../src/projection/delivery/parking.ts";
import { Oracle } from "../check.ts";
import {
  DEATHS_OF_CONSUMERS,
  FAULTS,
  type Fault,
  type FaultSet,
  FEW_FAULTS,
  isStrange,
  MORE_FAULTS,
} from "./faults.ts";
import type { Act, Play } from "./play.ts";
import { deliverAll, listAll, settle, sweepOnce, waiting } from "./scene.ts";
import { Stage, type Trap } from "./stage.ts";

/** How it goes on after the act: what comes first must not matter. */
export const SEQUELS = ["a reader comes first", "the queue delivers first", "all messages are lost"] as const;
export type Sequel = (typeof SEQUELS)[number];

/** One run of a play. */
export interface Run {
  readonly trap: Trap | undefined;
  readonly sequel: Sequel;
  readonly calls: number;
  readonly violations: readonly string[];
  readonly lines: readonly string[];
}

/** All runs of one play. */
export interface Enumeration {
  readonly name: string;
  /** Calls of a run in which nothing goes wrong. */
  readonly calls: number;
  /** What went wrong at which call: each pair is one. */
  readonly points: number;
  readonly runs: number;
  readonly failed: readonly Run[];
}

/** Of so many failing runs, what happened is kept. */
const MOST_TRACES = 3;

/**
 * Lets call 1, 2, 3, … of a play go wrong in every way, until there is no call left to go wrong.
 *
 * @param set the faults to try. With `all`, every sequel follows each fault. Otherwise the sequels take turns
 * @see https://www.sqlite.org/testing.html#crashtesting
 */
export async function enumerate(play: Play, set: FaultSet = "usual"): Promise<Enumeration> {
  const failed: Run[] = [];
  let runs = 0;
  const run = async (trap: Trap | undefined, sequel: Sequel) => {
    const { act, ...result } = await runPlay(play, trap, sequel);
    runs++;
    if (result.violations.length > 0) failed.push(failed.length < MOST_TRACES ? result : { ...result, lines: [] });
    return { calls: result.calls, act };
  };
  const { calls, act } = await run(undefined, SEQUELS[0]);
  const faults = act ? faultsOf(act, set) : [];
  for (const [index, fault] of faults.entries()) {
    // Up to its fault, a run is the healthy one: there is no further call to go wrong.
    for (let call = 1; call <= calls; call++) {
      for (const sequel of set === "all" ? SEQUELS : [SEQUELS[(index + call) % SEQUELS.length] ?? SEQUELS[0]]) {
        await run({ fault, call }, sequel);
      }
    }
  }
  return { name: play.name, calls, points: faults.length * calls, runs, failed };
}

function faultsOf({ isConsumer, parksAtOnce }: Act, set: FaultSet): Fault[] {
  if (set === "few") return [...FEW_FAULTS];
  const faults = [...FAULTS, ...(isConsumer ? DEATHS_OF_CONSUMERS : []), ...(set === "all" ? MORE_FAULTS : [])];
  return parksAtOnce ? faults.filter((fault) => !isStrange(fault)) : faults;
}

/** One run of a play; then nothing goes wrong any more, and all promises are checked. */
export async function runPlay(play: Play, trap: Trap | undefined, sequel: Sequel): Promise<Run & { act?: Act }> {
  const stage = await Stage.open();
  const { lines, ledger } = stage;
  let calls = 0;
  let act: Act | undefined;
  try {
    act = await play.begin(stage);
    lines.push(`— ${play.name}`);
    const { rivals = new Map(), run, died = () => {} } = act;
    calls = await stage.perform(play.name, run, died, { trap, rivals });
    if (trap && calls < trap.call) ledger.violated(`call ${trap.call} was not reached this time`);
    lines.push("— and then");
    await comeBack(stage, act, sequel);
    await check(stage, act);
  } catch (error) {
    ledger.violated(`the play broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    stage.close();
  }
  return { trap, sequel, calls, violations: ledger.violations, lines, ...(act && { act }) };
}

/** What went wrong in a run, in words. */
export function inWords({ trap, sequel }: Pick<Run, "trap" | "sequel">): string {
  return `${trap ? `call ${trap.call} ${trap.fault.name}` : "nothing fails"}; then ${sequel}`;
}

async function comeBack(stage: Stage, act: Act, sequel: Sequel): Promise<void> {
  stage.takeLateEffects("before the client comes back");
  await act.again?.();
  stage.takeLateEffects("after the client came back");
  if (sequel === "all messages are lost") stage.world.queue.loseAll();
  else for (const redeliver of stage.redeliveries) await redeliver();
  if (sequel === "a reader comes first" && !act.unlisted && !act.isDamaged) await listAll(stage);
  stage.queueIsDown = false;
  await settle(stage);
  stage.takeLateEffects("when all is quiet");
  await settle(stage);
}

async function check(stage: Stage, act: Act): Promise<void> {
  if (waiting(stage, "parked_at IS NOT NULL")) await checkParked(stage, act);
  if (!act.unlisted) await listAll(stage);
  if (act.oracle) await act.oracle();
  else {
    const oracle = new Oracle(stage.world, stage.ledger);
    oracle.checkCommands();
    oracle.checkConverged();
    oracle.checkLists();
  }
  act.check?.();
}

/** What could not be projected is parked; when it can be, it is tried again by itself, once an hour. */
async function checkParked(stage: Stage, act: Act): Promise<void> {
  await listAll(stage);
  if (!act.oracle && !stage.healed) new Oracle(stage.world, stage.ledger).checkParked();
  await stage.heal();
  stage.world.now += PARKED_INTERVAL_MS + 100_000;
  // One a pass.
  for (let passes = 0; passes < 5 && waiting(stage, "true"); passes++) {
    await sweepOnce(stage);
    await deliverAll(stage);
  }
}
