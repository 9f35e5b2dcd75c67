import type { Bench, Figure, Suite, System } from "../figures.ts";
import { startNode } from "../node-floor/start.ts";
import type { Service } from "../runtime/service.ts";
import { type Marks, marksOf } from "./read-marks.ts";
import { READERS, type Reader, readers, withServices } from "./read-systems.ts";
import { listViews, queryOf } from "./read-views.ts";
import { median, rounded } from "./statistics.ts";
import { multiplesOf, type Target, type Turn, turn } from "./turns.ts";

/** What is asked for, of those that the lists are measured with. */
const VIEWS = ["all", "status=open,pending", "open + agent-0", "tag: 42 %", "by waiting, longest first"];

const FLOOR = "/bench/select-1";
const HEALTH = "/health";

interface Asked extends Target {
  readonly system: System;
  readonly what: string;
}

/**
 * What a whole request takes, by the clock and of a core, as a multiple of a request that makes one call of `SELECT 1`, and of one that
 * reads nothing. All take their turns in each round, so that what else the machine does slows all of them.
 */
export const requests: Suite = {
  name: "requests",
  minutes: 4,
  run: async (bench) => {
    const figures: Figure[] = [];
    const start = await readers(bench);
    for (const [index, tickets] of bench.sizes.entries()) {
      const progress = (share: number) => bench.progress((index + share) / bench.sizes.length, `${tickets} tickets`);
      const marks = marksOf(bench.database("edgedesk", tickets));
      await withServices(
        READERS,
        async (reader) => await start(reader, tickets),
        async (services) => {
          // Edgedesk's own file: two that have the same one by different names would not know of each other.
          const node = await startNode(services.get("edgedesk")?.database ?? "");
          try {
            figures.push(...(await measure(bench, tickets, targetsOf(services, node, marks), progress)));
          } finally {
            await node.stop();
          }
        },
      );
    }
    return figures;
  },
};

function targetsOf(services: ReadonlyMap<Reader, Service>, node: Target["service"], marks: Marks): Asked[] {
  const views = listViews(marks.middle).filter(({ what }) => VIEWS.includes(what));
  const lists = views.map((view) => ({ what: view.what, path: `/tickets?${queryOf(view)}` }));
  const [first] = views;
  const deep = first
    ? [{ what: "all, halfway", path: `/tickets?${queryOf(first)}&cursor=${marks.halfway(first)}` }]
    : [];
  const floors = [
    { what: "SELECT 1", path: FLOOR },
    { what: "health", path: HEALTH },
  ];
  const of = (
    system: System,
    service: Target["service"] | undefined,
    asked: readonly Omit<Asked, "system" | "service">[],
  ) => (service === undefined ? [] : asked.map((one) => ({ ...one, system, service })));
  return [
    ...of("edgedesk", services.get("edgedesk"), [...floors, ...lists, ...deep]),
    ...of("compute-on-read", services.get("compute-on-read"), [...lists, ...deep]),
    ...of("node", node, [...floors, ...lists, ...deep]),
  ];
}

async function measure(
  { isQuick, stopping }: Bench,
  tickets: number,
  asked: readonly Asked[],
  progress: (share: number) => void,
): Promise<Figure[]> {
  const [rounds, count] = isQuick ? [5, 50] : [11, 120];
  const turns = new Map<Asked, Turn[]>(asked.map((one) => [one, []]));
  // The first round is for whoever still compiles what it runs.
  for (let round = 0; round <= rounds; round++) {
    for (const [place, one] of asked.entries()) {
      stopping.throwIfAborted();
      const took = await turn(one, count);
      if (round > 0) turns.get(one)?.push(took);
      progress((round + (place + 1) / asked.length) / (rounds + 1));
    }
  }
  const ofEdgedesk = (path: string) => asked.find((one) => one.system === "edgedesk" && one.path === path);
  const turnsOf = (one: Asked | undefined) => (one && turns.get(one)) ?? [];
  return asked.map((one) => {
    const its = turnsOf(one);
    const cpu = its.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs]));
    const ofFloor = multiplesOf(its, turnsOf(ofEdgedesk(FLOOR)));
    const ofHealth = multiplesOf(its, turnsOf(ofEdgedesk(HEALTH)));
    const values = {
      ms: median(its.map(({ ms }) => ms)),
      cpu_ms: cpu.length === 0 ? null : median(cpu),
      time_of_select_1: ofFloor.time,
      cpu_of_select_1: ofFloor.cpu,
      time_of_health: ofHealth.time,
      cpu_of_health: ofHealth.cpu,
    };
    const shown = Object.entries(values).map(([name, value]) => [name, value === null ? null : rounded(value)]);
    return { suite: "requests", system: one.system, tickets, what: one.what, values: Object.fromEntries(shown) };
  });
}
