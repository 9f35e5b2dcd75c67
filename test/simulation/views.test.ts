import { isDeepStrictEqual } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { desk } from "../conformance/cases/desk.ts";
import { ndjson, random } from "../oracle/lines.ts";
import { generateDesk, generateView, queryOf, type Ticket, ticketsOf, type View, viewOf } from "../oracle/views.ts";
import { sized } from "../tier.ts";
import { SimulatedD1 } from "./d1.ts";

const TICKETS = 700;
const COMBINATIONS = sized({ quick: 1_000, thorough: 10_000 });
const SEED = 5;

const service = desk(new SimulatedD1());
let tickets: Ticket[];

interface Page {
  readonly items: { id: string; external_id: string }[];
  readonly next_cursor: string | null;
}

beforeAll(async () => {
  const lines = generateDesk(TICKETS, SEED);
  await service.post("/tickets/import", 200, ndjson(lines), { "Content-Type": "application/x-ndjson" });
  while (service.sent.length > 0) await service.deliver(service.sent.splice(0, 100));
  const ids = new Map<string | null, string>();
  for (let skip = 0; skip < TICKETS; skip += 100) {
    const { items } = await service.get<Page>(`/tickets?limit=100&skip=${skip}`);
    for (const { id, external_id } of items) ids.set(external_id, id);
  }
  tickets = ticketsOf(lines, ids);
});

/** Some pages of a view, from its beginning or after a skip. */
async function pagesOf(view: View, next: () => number): Promise<{ items: unknown[]; from: number; whole: boolean }> {
  const limit = 1 + Math.floor(next() * (next() < 0.3 ? 100 : 12));
  const from = next() < 0.3 ? Math.floor(next() * 60) : 0;
  const query = `/tickets?limit=${limit}&${queryOf(view)}`;
  const items: unknown[] = [];
  let page = await service.get<Page>(from > 0 ? `${query}&skip=${from}` : query);
  for (let pages = 1; ; pages++) {
    items.push(...page.items);
    if (!page.next_cursor || pages === 3) return { items, from, whole: !page.next_cursor };
    page = await service.get<Page>(`${query}&cursor=${encodeURIComponent(page.next_cursor)}`);
  }
}

test(`${COMBINATIONS} random combinations of filters, orders and pages are those of a plain array`, async () => {
  const next = random(SEED);
  const tally = { empty: 0, searched: 0, paged: 0 };
  for (let run = 0; run < COMBINATIONS; run++) {
    const view = generateView(next);
    const expected = viewOf(tickets, view);
    const { items, from, whole } = await pagesOf(view, next);
    const end = whole ? expected.length : from + items.length;
    const wanted = expected.slice(from, end);
    // Most are equal, and are found to be so faster this way.
    const isEqual =
      items.length === wanted.length && wanted.every((item, index) => isDeepStrictEqual(items[index], item));
    if (!isEqual) expect(items, `combination ${run}: ${queryOf(view)}`).toEqual(wanted);
    tally.empty += Number(expected.length === 0);
    tally.searched += Number(view.q !== undefined && expected.length > 0);
    tally.paged += Number(!whole);
  }
  // Otherwise it proves little.
  expect(tally.empty).toBeLessThan(COMBINATIONS * 0.6);
  expect(tally.searched).toBeGreaterThan(COMBINATIONS / 20);
  expect(tally.paged).toBeGreaterThan(COMBINATIONS / 20);
});

test("many tickets share their times", () => {
  for (const time of ["updated_at", "created_at"] as const) {
    expect(new Set(tickets.map(({ item }) => item[time])).size).toBeLessThan(TICKETS / 4);
  }
});
