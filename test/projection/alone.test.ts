import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { LOST } from "../consistency/client.ts";
import { aboutTickets, emptyTables, service, tableSizes, WRITES_ROWS } from "../service.ts";
import { message, mortal, poisoned, standing } from "./poison.ts";

beforeEach(emptyTables);

type Mortal = ReturnType<typeof mortal>;

/** A minute of the cron, in a worker of its own. */
async function minute({ desk, revive }: Mortal): Promise<void> {
  revive();
  desk.time.now += 60_000;
  await desk.sweep();
  revive();
}

describe("a ticket that ends every worker that projects it", () => {
  test("is tried alone after three sweeps without result, its attempts counted before, and parked after five", async () => {
    const world = mortal();
    const { desk, sent, tried } = world;
    const { id } = await desk.create({ subject: "bad" });
    sent.length = 0;
    for (let sweeps = 1; sweeps <= 3; sweeps++) {
      await minute(world);
      expect(aboutTickets(sent.splice(0))).toEqual([message(id)]);
      expect(await standing(id)).toMatchObject({ sweeps, attempts: 0 });
    }
    for (let attempts = 1; attempts <= 5; attempts++) {
      await minute(world);
      expect(aboutTickets(sent)).toEqual([]);
      expect(tried).toHaveLength(attempts);
      expect(await standing(id)).toMatchObject({ sweeps: 3, attempts, parked_at: null });
    }
    await minute(world);
    expect(tried).toHaveLength(5);
    const error = expect.stringContaining("ended the worker");
    expect(await standing(id)).toMatchObject({ attempts: 5, parked_at: desk.time.now, error });
    expect(await tableSizes()).toMatchObject({ projection_backlog: 1, read_tickets: 0 });
  });

  test("harms nobody that shared its batch: the others are shown while it still has its attempts", async () => {
    const world = mortal();
    const { desk, sent, revive } = world;
    for (let index = 0; index < 10; index++) await desk.create({ subject: index === 4 ? "bad" : "good" });
    const batch = sent.splice(0);
    // The queue brings the batch again until it gives up on it.
    for (let times = 0; times < 5; times++) {
      await desk.deliver(batch);
      revive();
    }
    expect(await tableSizes()).toMatchObject({ read_tickets: 0 });
    for (let times = 0; times < 7; times++) {
      await desk.deliver(batch, "ticket-projections-dead");
      revive();
    }
    expect(await tableSizes()).toMatchObject({ read_tickets: 9, projection_backlog: 1 });
  });

  test("ends no sweep before all others are on their way, and each sweep tries one only", async () => {
    const world = mortal();
    const { desk, sent, tried } = world;
    const bad = [await desk.create({ subject: "bad 1" }), await desk.create({ subject: "bad 2" })];
    for (let sweeps = 0; sweeps < 3; sweeps++) await minute(world);
    desk.time.now += 60_000;
    const good = [];
    for (let index = 0; index < 120; index++) good.push((await desk.create()).id);
    sent.length = 0;
    tried.length = 0;
    await minute(world);
    expect(tried).toHaveLength(1);
    expect(
      aboutTickets(sent)
        .map(({ ticket_id }) => ticket_id)
        .toSorted(),
    ).toEqual(good.toSorted());
    await minute(world);
    expect(new Set(tried)).toEqual(new Set(["bad 1", "bad 2"]));
    for (const { id } of bad) expect(await standing(id)).toMatchObject({ attempts: 1 });
  });

  test("is not claimed by a batch of others, nor by a list", async () => {
    const world = mortal();
    const { desk, sent, tried } = world;
    await desk.create({ subject: "bad" });
    for (let sweeps = 0; sweeps < 3; sweeps++) await minute(world);
    desk.time.now += 60_000;
    sent.length = 0;
    const { id } = await desk.create();
    await desk.deliver(sent.splice(0));
    expect(await desk.list()).toMatchObject({ items: [{ id }] });
    expect(tried).toEqual([]);
  });
});

describe("of the tickets to be tried alone", () => {
  test("what is not parked comes first, then what is due longest", async () => {
    const { desk, tried } = poisoned();
    const parked = await desk.create({ subject: "bad and parked" });
    for (let attempts = 0; attempts < 5; attempts++) await desk.deliver([message(parked.id)]);
    desk.time.now += 3_600_000;
    const [one, two, three] = [
      await desk.create({ subject: "bad 1" }),
      await desk.create({ subject: "bad 2" }),
      await desk.create({ subject: "bad 3" }),
    ];
    desk.sent.length = 0;
    tried.length = 0;
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      desk.time.now += 60_000;
      await desk.sweep();
      desk.sent.length = 0;
    }
    // As long as there was no other, the parked one had its turn.
    expect(tried.splice(0)).toEqual(["bad and parked"]);
    const due = [parked, two, three, one].map(({ id }, order) =>
      env.DB.prepare("UPDATE projection_backlog SET due_at = ? WHERE ticket_id = ?").bind(desk.time.now + order, id),
    );
    await env.DB.batch(due);
    desk.time.now += 10;
    for (let sweeps = 1; sweeps <= 4; sweeps++) {
      await desk.sweep();
      expect(tried).toHaveLength(sweeps);
    }
    expect(tried).toEqual(["bad 2", "bad 3", "bad 1", "bad and parked"]);
  });

  test("each is projected as soon as it can be", async () => {
    const { desk, state } = poisoned();
    const { id } = await desk.create({ subject: "bad" });
    for (let sweeps = 0; sweeps < 5; sweeps++) {
      desk.time.now += 60_000;
      await desk.sweep();
    }
    expect(await standing(id)).toMatchObject({ sweeps: 3, attempts: 2, parked_at: null });
    state.healed = true;
    desk.time.now += 60_000;
    await desk.sweep();
    expect(await desk.list()).toMatchObject({ items: [{ id }] });
  });

  test("none loses an attempt to a database that is away, whichever call fails, before or after it took effect", async () => {
    for (const when of ["before", "after"] as const) {
      for (const call of ["last_message_cut", WRITES_ROWS]) {
        await emptyTables();
        const desk = service();
        const { id } = await desk.create();
        for (let sweeps = 0; sweeps < 3; sweeps++) {
          desk.time.now += 60_000;
          await desk.sweep();
        }
        desk.hooks[when] = async (statements: readonly string[]) => {
          if (statements.some((sql) => sql.includes(call))) throw new Error(LOST);
        };
        for (let sweeps = 0; sweeps < 8; sweeps++) {
          desk.time.now += 60_000;
          await desk.sweep();
        }
        const tookEffect = when === "after" && call === WRITES_ROWS;
        expect(await standing(id)).toEqual(
          tookEffect ? null : expect.objectContaining({ attempts: 0, parked_at: null }),
        );
      }
    }
  });
});
