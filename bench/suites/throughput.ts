import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../../scripts/local/run.ts";
import type { Bench, Suite, System } from "../figures.ts";
import { loseReadModel, readRowsCeiling, sourceCeiling } from "../load/ceiling.ts";
import { Commander, type Way } from "../load/commands.ts";
import { type Desk, withDesk } from "../load/desk.ts";
import { ratio } from "../load/numbers.ts";

const CLIENTS = 8;
const SECONDS = { full: 20, quick: 4 };
const BACKLOG = { full: 10_000, quick: 1_000 };
/** Tickets in one request of an import. */
const LINES = 250;
/** How exact the ends of walks and drains are known, in milliseconds. */
const POLL_MS = 50;

/**
 * How much the service takes for as long as it is asked to, and each as a share of what its database could do if one statement did it.
 */
export const throughput: Suite = {
  name: "throughput",
  minutes: 4,
  run: async (bench) => {
    const tickets = Math.min(...bench.sizes);
    const filled = bench.database("edgedesk", tickets);
    bench.progress(0, "the database's own ceiling");
    const ceilings = { read: readRowsCeiling(filled, bench.folder), source: sourceCeiling(filled, bench.folder) };
    const measured = [
      { system: "sqlite" as const, what: "read rows by INSERT … SELECT", rate: ceilings.read, of: ceilings.read },
      {
        system: "sqlite" as const,
        what: "tickets with events by INSERT … SELECT",
        rate: ceilings.source,
        of: ceilings.source,
      },
      ...(await withDesk(bench, tickets, (desk) => underLoad(bench, desk, tickets, ceilings))),
      ...(await walks(bench, filled, tickets, ceilings.read)),
    ];
    return measured.map(({ system, what, rate, of }) => ({
      suite: "throughput",
      system,
      tickets,
      what,
      values: { per_s: rate, of_ceiling: ratio(rate, of) },
    }));
  },
};

/** Something done so many times a second, and what the database could do. */
interface Measured {
  readonly system: System;
  readonly what: string;
  readonly rate: number;
  readonly of: number | null;
}

interface Ceilings {
  readonly read: number;
  readonly source: number;
}

async function underLoad(bench: Bench, desk: Desk, tickets: number, { read, source }: Ceilings): Promise<Measured[]> {
  bench.progress(0.1, "commands as fast as they are taken");
  const queued = await sustained(bench, desk, "edgedesk", tickets);
  bench.progress(0.25, "the same, inline");
  const inline = await sustained(bench, desk, "inline", tickets + 100_000);
  bench.progress(0.4, "an import with the queue held back");
  const count = bench.isQuick ? BACKLOG.quick : BACKLOG.full;
  await desk.holdQueue();
  const imported = await importMany(bench, desk, tickets + 200_000, count);
  bench.progress(0.55, "a backlog that the queue is given at once");
  const drained = await rateOf(count, async () => {
    await desk.releaseQueue();
    await desk.settled(bench.stopping, () => {}, POLL_MS);
  });
  return [
    { system: "edgedesk", what: `commands, ${CLIENTS} clients`, rate: queued.commands, of: null },
    { system: "edgedesk", what: "their tickets projected", rate: queued.projected, of: read },
    { system: "inline", what: `commands, ${CLIENTS} clients`, rate: inline.commands, of: read },
    { system: "edgedesk", what: "imported tickets", rate: imported, of: source },
    { system: "edgedesk", what: `a backlog of ${count} tickets`, rate: drained, of: read },
  ];
}

/** New tickets from several clients, each of whom asks again as soon as there is an answer. */
async function sustained(bench: Bench, desk: Desk, way: Way, first: number) {
  const seconds = bench.isQuick ? SECONDS.quick : SECONDS.full;
  const commander = new Commander(desk, way, first);
  const before = await desk.projections();
  const begun = performance.now();
  let done = 0;
  const client = async () => {
    while (performance.now() - begun < seconds * 1_000) {
      bench.stopping.throwIfAborted();
      await commander.create();
      done++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const commands = (done * 1_000) / (performance.now() - begun);
  await desk.settled(bench.stopping);
  const after = await desk.projections();
  const projected = after.projected.tickets - before.projected.tickets;
  return { commands, projected: (projected * 1_000) / (performance.now() - begun) };
}

async function importMany(bench: Bench, desk: Desk, first: number, count: number): Promise<number> {
  const commander = new Commander(desk, "edgedesk", first);
  const requests = Array.from({ length: Math.ceil(count / LINES) }, () =>
    Array.from({ length: LINES }, () => commander.line()),
  );
  return await rateOf(count, async () => {
    for (const lines of requests) {
      bench.stopping.throwIfAborted();
      await commander.import(lines);
    }
  });
}

/** A rebuild of a read model that was lost, and the audit that ends it. */
async function walks(bench: Bench, filled: string, tickets: number, ceiling: number): Promise<Measured[]> {
  bench.progress(0.75, "a rebuild and its audit");
  const folder = `${bench.folder}/lost`;
  mkdirSync(folder, { recursive: true });
  const lost = `${folder}/lost.sqlite`;
  copyFileSync(filled, lost);
  loseReadModel(lost);
  try {
    return await withDesk({ ...bench, database: () => lost }, tickets, async (desk) => {
      const rebuilt = await rateOf(tickets, async () => {
        await desk.post("/projections/rebuild", {});
        await until(bench, async () => (await desk.projections()).rebuild.state === "verifying");
      });
      bench.progress(0.9, "a rebuild and its audit");
      const audited = await rateOf(tickets, async () => {
        await until(bench, async () => (await desk.projections()).rebuild.state === "finished");
      });
      const { found } = (await desk.projections()).audit;
      if (found > 0) throw new Failure(`The audit after a rebuild has found ${found} rows that differ`);
      return [
        { system: "edgedesk", what: "rebuilt rows", rate: rebuilt, of: ceiling },
        { system: "edgedesk", what: "audited rows", rate: audited, of: ceiling },
      ];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function until(bench: Bench, isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(POLL_MS, undefined, { signal: bench.stopping });
}

async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - begun);
}
