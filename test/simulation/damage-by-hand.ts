import { DAMAGES, type Damage, EMPTY_ALL } from "../oracle/damage.ts";
import { Oracle } from "./check.ts";
import { count } from "./faults.ts";
import type { Actors } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import { WORKSPACE, type World } from "./world.ts";

/** As many as {@link Actors.listAll} asks for on the primary; a replica that lags may still have nothing to show. */
const LISTS_OF_ALL = 3;

/** Where it happens. */
interface Scene {
  readonly world: World;
  readonly ledger: Ledger;
  readonly actors: Actors;
  /** What happens afterwards, before the faults end. */
  readonly steps: number;
  readonly settle: () => Promise<void>;
}

/**
 * The last act of a history: everything is in order, and somebody changes the read model by hand. Either all of it is gone,
 * while everybody is at work; or single rows and counters are wrong, while clients rest, so that nothing but an audit mends them.
 */
export async function damageByHand(scene: Scene): Promise<void> {
  const { world, ledger } = scene;
  ledger.watchesVersions = false;
  const everything = world.happens(0.4);
  await (everything ? emptyEverything(scene) : damageSome(scene));
  const oracle = new Oracle(world, ledger);
  oracle.checkCommands();
  oracle.checkConverged();
  // A replica that lags shows single wrong rows for a while, as they were.
  if (everything) oracle.checkLists();
}

/** All read tables are emptied, in some histories twice: no list may show that. */
async function emptyEverything({ world, ledger, actors, steps, settle }: Scene): Promise<void> {
  count(world.tally, "read tables emptied");
  world.trouble();
  const wipes = new Set([0, world.below(2 * steps)]);
  // The cron sees by itself that nothing is there.
  const isAskedFor = world.happens(0.5);
  for (let step = 0; step < steps; step++) {
    if (wipes.has(step)) await world.byHand(...EMPTY_ALL);
    if (step === 1 && isAskedFor) actors.rebuild();
    actors.act();
    for (let calls = world.below(5); calls > 0; calls--) await world.scheduler.step();
  }
  await settle();
  const before = ledger.lists.length;
  await actors.listAll();
  if (ledger.lists.length < before + LISTS_OF_ALL) ledger.violated("a list is not answered, though all is rebuilt");
}

/** Some rows and counters are wrong, or all rows are gone, but for the word that there are some. */
async function damageSome({ world, ledger, actors, steps, settle }: Scene): Promise<void> {
  const before = { drift: driftNow(world), rebuilds: rebuildsNow(world), skipped: skippedSlices(world) };
  const ids = world.d1.peek<{ id: string }>("SELECT id FROM read_tickets ORDER BY id").map(({ id }) => id);
  const done: Damage[] = [];
  const allRows = world.happens(0.1);
  if (allRows) await world.byHand("DELETE FROM read_tickets");
  else {
    for (const damage of DAMAGES) {
      if (!world.happens(0.3)) continue;
      // A counter is no ticket's.
      const [id] = damage.kind === "counter" ? [""] : ids.splice(world.below(ids.length), 1);
      if (id === undefined) continue;
      await world.byHand(...damage.statements(id, WORKSPACE));
      done.push(damage);
    }
  }
  count(world.tally, "damages by hand", done.length);
  world.trouble();
  for (let step = 0; step < steps; step++) {
    actors.act("auditors");
    for (let calls = world.below(5); calls > 0; calls--) await world.scheduler.step();
  }
  await settle();
  actors.audit();
  await settle();
  const repairs = rebuildsNow(world) > before.rebuilds || skippedSlices(world) > before.skipped;
  const expected = expectation(done, before.drift, repairs);
  if (allRows) expected.set("missing", { least: 0, most: Number.POSITIVE_INFINITY });
  new Oracle(world, ledger).checkDrift(expected);
}

/**
 * Each damage is found once, but for what the cron projects again.
 *
 * @param repairs a rebuild, or the tickets of a skipped slice in the backlog, may have repaired rows before an audit found them
 */
function expectation(done: readonly Damage[], before: ReadonlyMap<string, number>, repairs: boolean) {
  const kinds = new Set([...before.keys(), ...done.map(({ kind }) => kind), "outdated"]);
  return new Map(
    [...kinds].map((kind) => {
      const known = before.get(kind) ?? 0;
      const damages = done.filter((damage) => damage.kind === kind).length;
      const least = repairs || kind === "outdated" ? known : known + damages;
      // One wrong counter for each status, and whatever rows that are mended, or wrong, count.
      const most = kind === "outdated" || kind === "counter" ? Number.POSITIVE_INFINITY : known + damages;
      // Where all are gone, whatever is mended counts itself anew.
      const isMiscounted = done.some((damage) => damage.kind === "counter" && damage.name !== "all counters deleted");
      const leastCounters = isMiscounted && !repairs ? known + 1 : known;
      return [kind, { least: kind === "counter" ? leastCounters : Math.min(least, most), most }];
    }),
  );
}

function driftNow(world: World): ReadonlyMap<string, number> {
  const counts = world.d1.peek<{ kind: string; found: number }>("SELECT kind, found FROM projection_drift_counts");
  return new Map(counts.map(({ kind, found }) => [kind, found]));
}

function skippedSlices({ tally }: World): number {
  return tally["slice skipped"] ?? 0;
}

function rebuildsNow(world: World): number {
  return world.d1.peek<{ run: number }>("SELECT run FROM projection_jobs WHERE name = 'rebuild'")[0]?.run ?? 0;
}
