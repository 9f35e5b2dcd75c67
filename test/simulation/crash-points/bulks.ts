import type { ChangeTicket } from "../../../src/domain/decide.ts";
import type { BulkAttempt } from "../ledger.ts";
import type { Act, Play } from "./play.ts";
import { changed, created, deliverAll, note, rivalChange } from "./scene.ts";
import type { Rivals, Stage } from "./stage.ts";

const MARKER = "bulk-of-the-act";

interface BulkAct {
  readonly ids: readonly string[];
  readonly command?: ChangeTicket;
  readonly rivals?: Rivals;
  /** What the answer says of each ticket: a version, or why it was refused. */
  readonly outcomes: readonly (number | string)[];
  /** The same where the bulk broke off before the rival came. */
  readonly alone?: readonly (number | string)[];
}

/** A client gives a bulk; with a key, it sends it again until it has an answer. */
function give(stage: Stage, key: string | undefined, act: BulkAct): { act: Act; bulk: BulkAttempt } {
  const { ids, command = note("for all"), rivals, outcomes, alone = outcomes } = act;
  const bulk = stage.ledger.bulk(MARKER, command, ids, key);
  const attempts = [...bulk.attempts.values()];
  return {
    bulk,
    act: {
      run: (deps) => stage.ann.sendBulk(deps, bulk),
      died: () => {
        for (const attempt of attempts) attempt.unknown = true;
      },
      ...(rivals && { rivals }),
      again: async () => {
        if (key === undefined || bulk.answers.length > 0) return;
        await stage.invoke("ann sends it again", (deps) => stage.ann.sendBulk(deps, bulk));
      },
      check: () => {
        if (key === undefined) return checkWhole(stage, [outcomes, alone]);
        const [answer] = bulk.answers;
        if (answer === undefined) return stage.ledger.violated("a bulk with a key was never answered");
        const results: { version?: number; refusal?: string }[] = JSON.parse(answer);
        const given = results.map(({ version, refusal }) => version ?? refusal);
        if (![outcomes, alone].map(String).includes(String(given)))
          stage.ledger.violated(`a bulk was answered ${given}, not ${outcomes}`);
      },
    },
  };
}

/** Nobody may know what became of it; but it was one transaction: all that could be done was done, or nothing. */
function checkWhole(stage: Stage, either: readonly (readonly (number | string)[])[]): void {
  const done = stage.world.d1.peek("SELECT 1 FROM ticket_events WHERE agent_id = ?", MARKER).length;
  const wanted = either.map((outcomes) => outcomes.filter((outcome) => typeof outcome === "number").length);
  if (![0, ...wanted].includes(done)) stage.ledger.violated(`a bulk was done to ${done} tickets, not to ${wanted}`);
}

function withAndWithoutKey(name: string, calls: number, begin: (stage: Stage) => Promise<BulkAct>): Play[] {
  return [undefined, "key-of-the-bulk"].map((key) => ({
    name: key === undefined ? name : `${name}, with a key`,
    calls,
    begin: async (stage) => give(stage, key, await begin(stage)).act,
  }));
}

async function three(stage: Stage): Promise<[string, string, string]> {
  return [await created(stage), await created(stage), await created(stage)];
}

const message: ChangeTicket = { type: "AddMessage", from: "agent", body: "It works again" };

export const BULKS: readonly Play[] = [
  ...withAndWithoutKey("a bulk", 3, async (stage) => ({ ids: await three(stage), outcomes: [2, 2, 2] })),
  ...withAndWithoutKey("a bulk of tickets that are projected", 3, async (stage) => {
    const ids = await three(stage);
    await deliverAll(stage);
    return { ids, outcomes: [2, 2, 2] };
  }),
  ...withAndWithoutKey("a bulk with tickets that refuse, and one that is not there", 3, async (stage) => {
    const [one, closed, other] = await three(stage);
    await changed(stage, closed, { type: "UpdateStatus", new_status: "closed" });
    const ids = [one, closed, "no ticket", other];
    return { ids, command: message, outcomes: [2, "ticket-closed", "ticket-not-found", 2] };
  }),
  ...withAndWithoutKey("a bulk that a rival overtakes on one ticket", 5, async (stage) => {
    const ids = await three(stage);
    return { ids, rivals: new Map([[2, () => rivalChange(stage, ids[1])]]), outcomes: [2, 3, 2], alone: [2, 2, 2] };
  }),
  ...withAndWithoutKey("a bulk that a rival overtakes by closing one ticket", 5, async (stage) => {
    const ids = await three(stage);
    const close = () => rivalChange(stage, ids[0], { type: "UpdateStatus", new_status: "closed" });
    const rivals = new Map([[2, close]]);
    return { ids, command: message, rivals, outcomes: ["ticket-closed", 2, 2], alone: [2, 2, 2] };
  }),
  {
    name: "a bulk of nothing that there is, with a key",
    calls: 2,
    begin: async (stage) => {
      await created(stage);
      return give(stage, "k", { ids: ["no ticket", "nor this"], outcomes: Array(2).fill("ticket-not-found") }).act;
    },
  },
  {
    name: "a bulk that is sent twice at once",
    calls: 3,
    begin: async (stage) => {
      const { act, bulk } = give(stage, "k", { ids: await three(stage), outcomes: [2, 2, 2] });
      const rival = () => stage.meanwhile("ben sends the same", (deps) => stage.ben.sendBulk(deps, bulk));
      return { ...act, rivals: new Map([[2, rival]]) };
    },
  },
];
