import { startAudit } from "../../../src/projection/walks/audit.ts";
import { maintainReadModel } from "../../../src/projection/walks/maintenance.ts";
import { cancelRebuild, startRebuild } from "../../../src/projection/walks/rebuild.ts";
import { DAMAGES, EMPTY_ALL } from "../../oracle/damage.ts";
import { POISON, PROJECTORS, WORKSPACE } from "../world.ts";
import { deliver } from "./messages.ts";
import type { Act, Play } from "./play.ts";
import { attemptOf, created, opening, settle } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** Tickets that are projected. */
async function projected(stage: Stage, ...subjects: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const subject of subjects) ids.push(await created(stage, { subject }));
  await settle(stage);
  return ids;
}

/** An operator's request, or the cron's doing. */
const started: Record<"rebuild" | "audit" | "cancel", Act["run"]> = {
  rebuild: async (deps) => void (await startRebuild(deps, deps.databaseFor(WORKSPACE))),
  audit: async (deps) => void (await startAudit(deps, deps.databaseFor(WORKSPACE))),
  cancel: async (deps) => await cancelRebuild(deps, deps.databaseFor(WORKSPACE)),
};

/** A walk is started, and its first message gets lost; what the consumer gets is up to the play. */
async function begun(stage: Stage, job: "rebuild" | "audit"): Promise<unknown> {
  await stage.invoke(`the ${job} starts`, started[job]);
  stage.world.queue.loseAll();
  const [walk] = stage.world.d1.peek<{ run: number }>("SELECT run FROM projection_jobs WHERE name = ?", job);
  return { job, run: walk?.run, slice: 0 };
}

/** The consumer gets a message that takes a slice of a walk. */
function slice(
  name: string,
  calls: number,
  job: "rebuild" | "audit",
  begin: (stage: Stage) => Promise<unknown>,
  given: Pick<Act, "isDamaged"> = {},
): Play {
  return {
    name,
    calls,
    begin: async (stage) => {
      await begin(stage);
      return { ...checkedWhole(stage, deliver(stage, [await begun(stage, job)])), ...given };
    },
  };
}

function operation(name: string, calls: number, run: Act["run"], begin: (stage: Stage) => Promise<unknown>): Play {
  return {
    name,
    calls,
    begin: async (stage) => {
      await begin(stage);
      return checkedWhole(stage, { run });
    },
  };
}

function checkedWhole(stage: Stage, act: Act): Act {
  return {
    ...act,
    check: () => {
      act.check?.();
      checkWhole(stage);
    },
  };
}

/** Nothing that was found waits to be mended, and nothing was found twice. */
function checkWhole({ world, ledger }: Stage): void {
  const open = world.d1.peek("SELECT 1 FROM projection_drift WHERE healed_at IS NULL").length;
  if (open > 0) ledger.violated("drift was found, and is not mended");
  const counts = world.d1.peek<{ kind: string; found: number }>("SELECT kind, found FROM projection_drift_counts");
  for (const { kind, found } of counts) if (found > 1) ledger.violated(`one ${kind} was found ${found} times`);
}

async function damaged(stage: Stage, name: string): Promise<void> {
  const [, id = ""] = await projected(stage, "sound", "sound", "sound");
  const damage = DAMAGES.find((one) => one.name === name);
  if (!damage) throw new Error(`nobody does this: ${name}`);
  stage.ledger.watchesVersions = false;
  await stage.world.byHand(...damage.statements(id, WORKSPACE));
}

const emptied = async (stage: Stage, ...subjects: readonly string[]) => {
  await projected(stage, ...subjects);
  stage.ledger.watchesVersions = false;
  await stage.world.byHand(...EMPTY_ALL);
};

/** If a row is missing, or has no ticket, what fits into one call of the tickets and of the rows ends at different places. */
const TWO_SLICES: ReadonlySet<string> = new Set(["missing", "orphan"]);

/** What is done to the read model as a whole, by message, by hand and by the cron. */
export const OPERATIONS: readonly Play[] = [
  slice("a rebuild of what is there", 6, "rebuild", (stage) => projected(stage, "sound", "sound")),
  slice("a rebuild of nothing", 4, "rebuild", async () => {}),
  slice("a rebuild of what was emptied", 6, "rebuild", (stage) => emptied(stage, "sound", "sound")),
  slice("a rebuild with a ticket in the backlog", 6, "rebuild", async (stage) => {
    await emptied(stage, "sound");
    await created(stage);
  }),
  slice("a rebuild with a ticket that cannot be projected", 6, "rebuild", async (stage) => {
    await projected(stage, "sound");
    await created(stage, { subject: POISON.poison });
    stage.world.queue.loseAll();
  }),
  slice("a rebuild with a row that cannot be written", 13, "rebuild", async (stage) => {
    await projected(stage, "sound");
    await created(stage, { subject: POISON.unwritable });
    stage.world.queue.loseAll();
  }),
  slice("a rebuild with a parked ticket, after all was emptied", 6, "rebuild", async (stage) => {
    await projected(stage, "sound", POISON.poison);
    stage.ledger.watchesVersions = false;
    await stage.world.byHand(...EMPTY_ALL);
  }),
  slice("an audit of what is in order", 6, "audit", (stage) => projected(stage, "sound", "sound")),
  slice("an audit beside a ticket in the backlog", 8, "audit", async (stage) => {
    await projected(stage, "sound");
    await created(stage);
    stage.world.queue.loseAll();
  }),
  ...DAMAGES.filter(({ name }) => name !== "all counters deleted").map(({ name, kind }) =>
    slice(`an audit that finds ${name}`, TWO_SLICES.has(kind) ? 8 : 6, "audit", (stage) => damaged(stage, name), {
      isDamaged: true,
    }),
  ),
  operation("a request for a rebuild", 2, started.rebuild, (stage) => projected(stage, "sound")),
  operation("a request for a rebuild of what was emptied", 2, started.rebuild, (stage) => emptied(stage, "sound")),
  operation("a request for an audit", 2, started.audit, (stage) => projected(stage, "sound")),
  operation("a request to cancel a rebuild", 1, started.cancel, async (stage) => {
    await projected(stage, "sound");
    await begun(stage, "rebuild");
  }),
  operation("the cron, where all is well", 8, maintainReadModel, (stage) => projected(stage, "sound")),
  operation("the cron, where everything was emptied", 3, maintainReadModel, (stage) =>
    emptied(stage, "sound", "sound"),
  ),
  operation("the cron, where a rebuild has broken off", 2, maintainReadModel, async (stage) => {
    await emptied(stage, "sound");
    await begun(stage, "rebuild");
    stage.world.now += 61_000;
  }),
  operation(
    "the cron, where a rebuild has broken off and the queue takes nothing",
    8,
    maintainReadModel,
    async (stage) => {
      await emptied(stage, "sound");
      await begun(stage, "rebuild");
      stage.world.now += 61_000;
      stage.queueIsDown = true;
    },
  ),
  operation(
    "the cron, where a consumer of an older deployment left a row behind",
    8,
    maintainReadModel,
    async (stage) => {
      const [id] = await projected(stage, "sound");
      stage.ledger.watchesVersions = false;
      await stage.world.byHand(
        `UPDATE read_tickets SET projector = ${PROJECTORS.old}, has_note = 0 WHERE id = '${id}'`,
      );
    },
  ),
  {
    name: "a rebuild of what was emptied, while a ticket changes",
    calls: 6,
    begin: async (stage) => {
      await emptied(stage, "sound", "sound");
      const message = await begun(stage, "rebuild");
      const attempt = attemptOf(stage, opening());
      const rivals = new Map([[3, () => stage.meanwhile("ben creates", (deps) => stage.ben.send(deps, attempt))]]);
      return checkedWhole(stage, deliver(stage, [message], { rivals }));
    },
  },
];
