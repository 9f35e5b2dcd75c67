import { continueErasures, eraseCustomer } from "../../../src/erasure/erase-customer.ts";
import { startErasure } from "../../../src/erasure/erase-tickets.ts";
import { COLLECT_MS } from "../../../src/erasure/search-purge.ts";
import { Oracle } from "../check.ts";
import type { Erasing } from "../ledger.ts";
import { POISON, WORKSPACE } from "../world.ts";
import type { Act, Play } from "./play.ts";
import { changed, created, deliverAll, note, rivalChange, settle } from "./scene.ts";
import type { Rivals, Stage } from "./stage.ts";

const CUSTOMER = "cus-1";

/** An erasure whose turn is this long overdue, whichever worker's clock is asked. */
const OVERDUE_MS = -60_000;

/** A ticket whose texts can be told from all others': each has the marker of its command in it. */
async function told(stage: Stage, subject = "sound"): Promise<string> {
  const marker = () => `command-${stage.ledger.attempts.length + 1}`;
  const id = await created(stage, { subject, message: `${marker()}: hello`, tags: ["vip"], external_id: marker() });
  await changed(stage, id, note(`${marker()}: a note`));
  return id;
}

/** What an admin has asked for, as the ledger has it. */
function asked(stage: Stage): Erasing {
  const tickets = stage.world.d1.peek<{ id: string }>("SELECT id FROM tickets WHERE customer_id = ?", CUSTOMER);
  const marker = `erasure-${stage.ledger.erasures.length + 1}`;
  const erasing = { marker, customer_id: CUSTOMER, tickets: tickets.map(({ id }) => id), answered: false };
  stage.ledger.erasures.push(erasing);
  return erasing;
}

const requestOf = ({ marker, customer_id }: Erasing) => ({ workspace_id: WORKSPACE, customer_id, agent_id: marker });

function checked(stage: Stage, act: Act): Act {
  return { ...act, check: () => new Oracle(stage.world, stage.ledger).checkErased() };
}

/** An admin erases the customer, and asks again until there is an answer: that is safe. */
function erasing(stage: Stage, rivals?: Rivals): Act {
  const erasure = asked(stage);
  const run: Act["run"] = async (deps) => {
    await eraseCustomer(deps, requestOf(erasure));
    erasure.answered = true;
  };
  const again = async () => {
    if (!erasure.answered) await stage.invoke("the admin asks again", run);
  };
  return checked(stage, { run, again, ...(rivals && { rivals }) });
}

/** The cron finds an erasure that nobody has answered for. */
async function left(stage: Stage): Promise<Act> {
  const erasure = asked(stage);
  await stage.invoke("an admin, who is gone then", async (deps) => {
    await deps
      .databaseFor(WORKSPACE)
      .session("first-primary")
      .batch(...startErasure(requestOf(erasure), deps.clock(), OVERDUE_MS));
    erasure.answered = true;
  });
  return checked(stage, { run: continueErasures });
}

export const ERASURES: readonly Play[] = [
  {
    name: "an erasure of two tickets",
    calls: 6,
    begin: async (stage) => {
      await told(stage);
      await told(stage);
      await deliverAll(stage);
      return erasing(stage);
    },
  },
  {
    name: "an erasure of a ticket that is not projected yet",
    calls: 6,
    begin: async (stage) => {
      await told(stage);
      return erasing(stage);
    },
  },
  {
    name: "an erasure of a ticket that is parked",
    calls: 6,
    begin: async (stage) => {
      await told(stage, POISON.poison);
      await settle(stage);
      return erasing(stage);
    },
  },
  {
    name: "an erasure that a change overtakes",
    calls: 8,
    begin: async (stage) => {
      const id = await told(stage);
      const text = `command-${stage.ledger.attempts.length + 1}: a rival's note`;
      return erasing(stage, new Map([[3, () => rivalChange(stage, id, note(text))]]));
    },
  },
  {
    name: "an erasure of nobody",
    calls: 3,
    begin: async (stage) => {
      await created(stage, { customer_id: "somebody else" });
      return erasing(stage);
    },
  },
  {
    name: "the cron, where an erasure has broken off",
    calls: 7,
    begin: async (stage) => {
      await told(stage);
      await deliverAll(stage);
      return await left(stage);
    },
  },
  {
    name: "the cron, when the search tables have waited for more erasures",
    calls: 10,
    begin: async (stage) => {
      await told(stage);
      await deliverAll(stage);
      const { run } = erasing(stage);
      await stage.invoke("the admin", run);
      // Whichever worker's clock is asked.
      stage.world.now += 2 * COLLECT_MS;
      return checked(stage, { run: continueErasures });
    },
  },
];
