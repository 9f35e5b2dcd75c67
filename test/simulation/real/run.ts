import { expect } from "vitest";
import { changeMany } from "./changes.ts";
import { Comparison } from "./compare.ts";
import { openRealDesk, REAL_TICKETS, type RealDesk, ticketsNow } from "./desk.ts";
import { comparePairs, compareSingles, type Extent } from "./lists.ts";
import { compareSearches } from "./searches.ts";

const SEED = 12;

/** Imports the real tickets and compares, then changes thousands of them and compares again. Says how much was compared. */
export async function compareRealDesk(extent: Extent): Promise<void> {
  const desk = await openRealDesk();
  expect(desk.stories).toHaveLength(REAL_TICKETS);
  await compareAll(desk, extent, "as imported");
  const { commands, tickets } = await changeMany(desk, SEED);
  expect(tickets).toBeGreaterThan(2_000);
  await compareAll(desk, extent, `after ${commands} commands to ${tickets} tickets`);
}

async function compareAll({ service, stories }: RealDesk, extent: Extent, when: string): Promise<void> {
  const started = performance.now();
  const tickets = ticketsNow(stories);
  const comparison = new Comparison(service, tickets, SEED);
  await comparison.stats();
  await compareSingles(comparison, tickets, extent);
  const singles = comparison.figures.lists;
  const pairs = await comparePairs(comparison, tickets, extent);
  const found = await compareSearches(comparison, tickets, extent);
  const { lists, empty, pages, entries, ended } = comparison.figures;
  const seconds = Math.round((performance.now() - started) / 1_000);
  const searched = [...found].map(([kind, count]) => `${kind} ${count}`).join(", ");
  console.log(
    `real tickets ${when}: ${lists} lists equal (${singles} of one filter, ${pairs} pairs of filters, ${extent.searches} searches), ` +
      `${empty} of them empty, ${ended} to their end; ${pages} pages, ${entries} entries; searches that found something: ${searched}; ${seconds} s`,
  );
  // Otherwise it proves little.
  expect(empty).toBeLessThan(lists / 3);
  expect([...found.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(extent.searches / 2);
}
