import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Figure, Suite } from "../figures.ts";
import { CHANGES, Commander, type Way } from "../load/commands.ts";
import { type Accepted, type Desk, type Listed, withDesk } from "../load/desk.ts";
import { Meter } from "../load/meter.ts";
import { interleaved } from "../load/numbers.ts";

const ROUNDS = { full: 20, quick: 3 };
/** Commands of one kind in one round. */
const TIMES = 40;
/** What the queue has to bring about a projection after the last answer, in milliseconds. */
const AFTER_MS = 200;

/** The commands that are timed: each in three ways. */
const TIMED = ["AddMessage", "SetPriority"] as const;

/**
 * What a command takes beside a request that makes one D1 call of `SELECT 1`, in interleaved rounds: by itself with the queue held back,
 * with the projection that the queue brings about, with its row in its own transaction, and with none. One client, one request at a time.
 */
export const commandTimes: Suite = {
  name: "command-times",
  minutes: 3,
  run: async (bench) => {
    const tickets = sizeOf(bench);
    return await withDesk(bench, tickets, async (desk) =>
      withDesk(bench, tickets, async (plain) => await timeAll(bench, { desk, plain }, tickets), {
        kind: "compute-on-read",
      }),
    );
  },
};

/** The largest database that is quickly copied. */
export function sizeOf({ sizes }: Bench): number {
  const small = sizes.filter((size) => size <= 100_000);
  return Math.max(...(small.length > 0 ? small : sizes));
}

/** One kind of request in one way. */
interface Timed {
  readonly system: Way;
  readonly what: string;
  readonly meter: Meter;
  readonly round: () => Promise<void>;
}

/** The service, and the one without a read model. */
interface Desks {
  readonly desk: Desk;
  readonly plain: Desk;
}

async function timeAll(bench: Bench, desks: Desks, tickets: number): Promise<readonly Figure[]> {
  const { desk } = desks;
  const floor: Timed = { system: "edgedesk", what: "SELECT 1", meter: new Meter(), round: async () => {} };
  const timed = [
    { ...floor, round: async () => await floor.meter.round(desk.service, TIMES, () => get(desk, "/bench/select-1")) },
    ...waysOf(bench, desks, "CreateTicket", tickets, () => (by) => by.create()),
    ...TIMED.flatMap((what, index) =>
      waysOf(bench, desks, what, tickets + (index + 1) * 100_000, (known) => async (by) => {
        const listed = known.shift();
        const request = listed && CHANGES[what]?.(by.line(), listed);
        if (!request) throw new Error(`there are too few open tickets for ${what}`);
        return await by.change(listed.id, request);
      }),
    ),
  ];
  await interleaved(
    bench.isQuick ? ROUNDS.quick : ROUNDS.full,
    timed.map(({ round }) => round),
    (share) => {
      bench.stopping.throwIfAborted();
      bench.progress(share, "what commands take");
    },
  );
  return timed.map(({ system, what, meter }) => ({
    suite: "command-times",
    system,
    tickets,
    what,
    values: meter.beside(floor.meter),
  }));
}

type Act = (by: Commander) => Promise<{ readonly ticket: Accepted }>;

/** A command by itself, what projects it after that, with its projection by the queue, inline, and where there is none. */
function waysOf(
  bench: Bench,
  { desk, plain }: Desks,
  what: string,
  first: number,
  makeAct: (known: Listed[]) => Act,
): Timed[] {
  const edgedesk = new Commander(desk, "edgedesk", first);
  const inline = new Commander(desk, "inline", first + 50_000);
  const known: Listed[] = [];
  const act = makeAct(known);
  const without = new Commander(plain, "compute-on-read", first);
  const meters = {
    alone: new Meter(),
    batch: new Meter(),
    queued: new Meter(),
    inline: new Meter(),
    plain: new Meter(),
  };
  const refill = async (from = desk) => {
    known.splice(0, known.length, ...(await from.tickets(`status=open&limit=${TIMES}`)));
  };
  const alone = async () => {
    await refill();
    await desk.holdQueue();
    const changed: Accepted[] = [];
    await meters.alone.round(desk.service, TIMES, async () => void changed.push((await act(edgedesk)).ticket));
    await meters.batch.round(desk.service, 1, async () => void (await desk.project(changed)));
    await desk.releaseQueue();
  };
  const queued = async () => {
    await refill();
    const after = async () => await pause(AFTER_MS, undefined, { signal: bench.stopping });
    await meters.queued.round(desk.service, TIMES, async () => void (await act(edgedesk)), after);
    await desk.settled(bench.stopping);
  };
  const inTransaction = async () => {
    await refill();
    await meters.inline.round(desk.service, TIMES, async () => void (await act(inline)));
  };
  const withoutReadModel = async () => {
    await refill(plain);
    await meters.plain.round(plain.service, TIMES, async () => void (await act(without)));
  };
  return [
    { system: "edgedesk", what: `${what}, not projected`, meter: meters.alone, round: alone },
    { system: "edgedesk", what: `${what}: projecting a batch of ${TIMES}`, meter: meters.batch, round: async () => {} },
    { system: "edgedesk", what: `${what}, projected by the queue`, meter: meters.queued, round: queued },
    { system: "inline", what, meter: meters.inline, round: inTransaction },
    { system: "compute-on-read", what, meter: meters.plain, round: withoutReadModel },
  ];
}

async function get(desk: Desk, path: string): Promise<void> {
  await desk.get(path);
}
