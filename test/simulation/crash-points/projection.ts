import { purgeIdempotencyRecords } from "../../../src/platform/idempotency.ts";
import { retryAllParked, retryParked } from "../../../src/projection/delivery/parked.ts";
import { sweep, trySuspects } from "../../../src/projection/delivery/sweep.ts";
import { POISON, WORKSPACE } from "../world.ts";
import { deliver, messageOf } from "./messages.ts";
import type { Act, Play } from "./play.ts";
import { attemptOf, changed, created, deliverAll, fallBehind, note, rivalChange, settle, sweepOnce } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** Tickets whose messages are lost. */
async function tickets(stage: Stage, ...subjects: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const subject of subjects) ids.push(await created(stage, { subject }));
  stage.world.queue.loseAll();
  return ids;
}

/** A consumer gets one message of each of these tickets, all at version 1. */
function batch(name: string, calls: number, ...subjects: readonly string[]): Play {
  return {
    name,
    calls,
    begin: async (stage) =>
      deliver(
        stage,
        (await tickets(stage, ...subjects)).map((id) => messageOf(id, 1)),
      ),
  };
}

function deadBatch(name: string, calls: number, ...subjects: readonly string[]): Play {
  return {
    name,
    calls,
    begin: async (stage) =>
      deliver(
        stage,
        (await tickets(stage, ...subjects)).map((id) => messageOf(id, 1)),
        { queue: "ticket-projections-dead" },
      ),
  };
}

/** A batch of one sound ticket, while tickets with these subjects are overdue. */
function alongWith(name: string, calls: number, ...subjects: readonly string[]): Play {
  return {
    name,
    calls,
    begin: async (stage) => {
      await tickets(stage, ...subjects);
      fallBehind(stage);
      const [id = ""] = await tickets(stage, "sound");
      return deliver(stage, [messageOf(id, 1)]);
    },
  };
}

const HOUR_MS = 3_600_000;

const NONSENSE = { hello: "there" };

export const CONSUMER: readonly Play[] = [
  batch("a batch of one", 2, "sound"),
  batch("a batch of three", 2, "sound", "sound", "sound"),
  {
    name: "a batch with duplicates, the older message last",
    calls: 2,
    begin: async (stage) => {
      const [one = "", other = ""] = await tickets(stage, "sound", "sound");
      await changed(stage, one, note("a note"));
      stage.world.queue.loseAll();
      return deliver(stage, [messageOf(one, 2), messageOf(other, 1), messageOf(one, 1), messageOf(one, 1)]);
    },
  },
  {
    name: "a message that is behind its ticket",
    calls: 2,
    begin: async (stage) => {
      const [id = ""] = await tickets(stage, "sound");
      await changed(stage, id, note("a note"));
      stage.world.queue.loseAll();
      return deliver(stage, [messageOf(id, 1)]);
    },
  },
  {
    name: "a message for what is projected already",
    calls: 2,
    begin: async (stage) => {
      const id = await created(stage);
      await deliverAll(stage);
      return deliver(stage, [messageOf(id, 1)]);
    },
  },
  {
    name: "a message for a ticket that is not there",
    calls: 2,
    begin: async (stage) => deliver(stage, [messageOf("nobody", 1)]),
  },
  {
    name: "a ticket that changes before its source is read",
    calls: 2,
    begin: async (stage) => {
      const [id = ""] = await tickets(stage, "sound");
      return deliver(stage, [messageOf(id, 1)], { rivals: new Map([[1, () => rivalChange(stage, id)]]) });
    },
  },
  {
    name: "a ticket that changes before its row is written",
    calls: 2,
    begin: async (stage) => {
      const [id = "", other = ""] = await tickets(stage, "sound", "sound");
      const rivals = new Map([[2, () => rivalChange(stage, id)]]);
      return deliver(stage, [messageOf(id, 1), messageOf(other, 1)], { rivals });
    },
  },
  alongWith("a batch that takes overdue tickets along", 4, "sound", "sound"),
  alongWith("a batch that takes a ticket along that cannot be projected", 4, POISON.poison),
  alongWith("a batch that takes a row along that cannot be written", 9, "sound", POISON.unwritable),
  alongWith("a batch that takes a ticket along that ends the worker", 3, POISON.killer),
  batch("a batch with a ticket that cannot be projected", 8, "sound", POISON.poison, "sound"),
  batch("a batch with a row that cannot be written", 11, "sound", POISON.unwritable, "sound"),
  batch("a batch with a ticket that ends the worker", 1, "sound", POISON.killer),
  {
    name: "the last attempt of a ticket before it is parked",
    calls: 2,
    begin: async (stage) => {
      const [id = ""] = await tickets(stage, POISON.poison);
      const message = messageOf(id, 1);
      for (let attempt = 1; attempt < 5; attempt++) {
        const { run } = deliver(stage, [message]);
        await stage.invoke("an earlier attempt", run);
      }
      stage.redeliveries.length = 0;
      return deliver(stage, [message]);
    },
  },
  {
    name: "a batch with a message that cannot be read",
    calls: 3,
    begin: async (stage) => {
      const [id = ""] = await tickets(stage, "sound");
      return deliver(stage, [NONSENSE, messageOf(id, 1), "nonsense"]);
    },
  },
  { name: "a batch that cannot be read", calls: 1, begin: async (stage) => deliver(stage, [NONSENSE]) },
  {
    name: "a message for a parked ticket",
    calls: 2,
    begin: async (stage) => {
      const id = await created(stage, { subject: POISON.poison });
      await settle(stage);
      return deliver(stage, [messageOf(id, 1)]);
    },
  },
  deadBatch("a dead letter", 3, "sound"),
  deadBatch("two dead letters", 6, "sound", "sound"),
  deadBatch("a dead letter of a ticket that cannot be projected", 3, POISON.poison),
  deadBatch("a dead letter of a row that cannot be written", 4, POISON.unwritable),
  deadBatch("a dead letter of a ticket that ends the worker", 2, POISON.killer),
  {
    name: "a dead letter for what is projected already, and one that cannot be read",
    calls: 2,
    begin: async (stage) => {
      const id = await created(stage);
      await deliverAll(stage);
      return deliver(stage, [messageOf(id, 1), NONSENSE], { queue: "ticket-projections-dead" });
    },
  },
  {
    name: "a dead letter of a parked ticket",
    calls: 1,
    begin: async (stage) => {
      const id = await created(stage, { subject: POISON.poison });
      await settle(stage);
      return deliver(stage, [messageOf(id, 1)], { queue: "ticket-projections-dead" });
    },
  },
];

/** The cron sweeps, after what the scene has left overdue. */
function sweeping(name: string, calls: number, begin: (stage: Stage) => Promise<unknown>): Play {
  return {
    name,
    calls,
    begin: async (stage) => {
      await begin(stage);
      return {
        run: async (deps) => {
          await sweep(deps);
          await trySuspects(deps);
        },
      };
    },
  };
}

/** Tickets that several sweeps have sent to the queue, without result. */
async function suspects(stage: Stage, ...subjects: readonly string[]): Promise<void> {
  await tickets(stage, ...subjects);
  for (let sweeps = 0; sweeps < 3; sweeps++) {
    stage.world.now += 600_000;
    await sweepOnce(stage);
    stage.world.queue.loseAll();
  }
  stage.world.now += 600_000;
}

async function parked(stage: Stage, ...subjects: readonly string[]): Promise<string[]> {
  const ids = await tickets(stage, ...subjects);
  await settle(stage);
  return ids;
}

export const CRON: readonly Play[] = [
  sweeping("a sweep of nothing", 2, async () => {}),
  sweeping("a sweep of two tickets", 3, async (stage) => {
    await tickets(stage, "sound", "sound");
    fallBehind(stage);
  }),
  sweeping("a sweep while the queue takes nothing", 5, async (stage) => {
    await tickets(stage, "sound", "sound");
    fallBehind(stage);
    stage.queueIsDown = true;
  }),
  sweeping("a sweep of what cannot be written, while the queue takes nothing", 10, async (stage) => {
    await tickets(stage, "sound", POISON.unwritable);
    fallBehind(stage);
    stage.queueIsDown = true;
  }),
  sweeping("a sweep of a suspect", 5, (stage) => suspects(stage, "sound")),
  sweeping("a sweep of two suspects", 5, (stage) => suspects(stage, "sound", "sound")),
  sweeping("a sweep of a suspect that cannot be projected", 4, (stage) => suspects(stage, POISON.poison)),
  sweeping("a sweep of a suspect that cannot be written", 5, (stage) => suspects(stage, POISON.unwritable)),
  sweeping("a sweep of a suspect that ends the worker", 3, (stage) => suspects(stage, POISON.killer)),
  sweeping("a sweep of a suspect that has ended all its workers", 3, async (stage) => {
    await suspects(stage, POISON.killer);
    for (let attempt = 0; attempt < 5; attempt++) {
      await sweepOnce(stage);
      stage.world.now += 600_000;
    }
  }),
  sweeping("a sweep of a parked ticket that can be projected now", 5, async (stage) => {
    await parked(stage, POISON.poison);
    await stage.heal();
    stage.world.now += 3_700_000;
  }),
  sweeping("a sweep of a parked ticket that still cannot be written", 5, async (stage) => {
    await parked(stage, POISON.unwritable);
    stage.world.now += 3_700_000;
  }),
  {
    name: "a purge of idempotency records",
    calls: 1,
    begin: async (stage) => {
      const id = await created(stage);
      await changed(stage, id, note("long ago"), { key: "old-1" });
      await changed(stage, id, note("long ago, too"), { key: "old-2" });
      stage.world.now += 2 * HOUR_MS;
      const recent = await changed(stage, id, note("within a day"), { key: "young" });
      // Far from the limit on either side, and the database's clock knows it.
      stage.world.now += 23 * HOUR_MS - 60_000;
      await changed(stage, id, note("just now"));
      return {
        run: purgeIdempotencyRecords,
        again: async () => {
          await stage.invoke("ann sends it again", (deps) => stage.ann.send(deps, recent));
          // What one minute's cron did not forget, the next one's does.
          await stage.invoke("the next purge", purgeIdempotencyRecords);
        },
        check: () => {
          if (recent.answers.length < 2) stage.ledger.violated("a key of today is forgotten");
          const kept = stage.world.d1.peek("SELECT 1 FROM idempotency_records WHERE key LIKE 'old-%'").length;
          if (kept > 0) stage.ledger.violated(`${kept} keys are kept for ever`);
        },
      };
    },
  },
];

/** Somebody retries parked tickets by hand. */
function byHand(name: string, calls: number, begin: (stage: Stage) => Promise<Act["run"]>): Play {
  return { name, calls, begin: async (stage) => ({ run: await begin(stage) }) };
}

const retryOne =
  (ticket_id = ""): Act["run"] =>
  async (deps) =>
    void (await retryParked(deps, deps.databaseFor(WORKSPACE), ticket_id));

export const BY_HAND: readonly Play[] = [
  byHand("a retry of a parked ticket that can be projected now", 5, async (stage) => {
    const [id] = await parked(stage, POISON.poison);
    await stage.heal();
    return retryOne(id);
  }),
  byHand("a retry of a parked ticket that still cannot be projected", 5, async (stage) =>
    retryOne((await parked(stage, POISON.poison))[0]),
  ),
  byHand("a retry of a parked ticket that still cannot be written", 6, async (stage) =>
    retryOne((await parked(stage, POISON.unwritable))[0]),
  ),
  byHand("a retry of a ticket that is not parked", 1, async (stage) => retryOne((await tickets(stage, "sound"))[0])),
  byHand("a retry of all parked tickets", 2, async (stage) => {
    await parked(stage, POISON.poison, POISON.unwritable);
    return async (deps) => void (await retryAllParked(deps, deps.databaseFor(WORKSPACE)));
  }),
  {
    name: "a retry of a parked ticket that changes meanwhile",
    calls: 5,
    begin: async (stage) => {
      const [id = ""] = await parked(stage, POISON.poison);
      await stage.heal();
      const attempt = attemptOf(stage, note("meanwhile"), { ticketId: id });
      const rival = () => stage.meanwhile("ben changes", (deps) => stage.ben.send(deps, attempt));
      return { run: retryOne(id), rivals: new Map([[4, rival]]) };
    },
  },
];
