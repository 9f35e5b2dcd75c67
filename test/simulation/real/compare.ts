import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { random } from "../../oracle/lines.ts";
import { expectedStats } from "../../oracle/stats.ts";
import { queryOf, type Ticket, type View, viewOf } from "../../oracle/views.ts";
import type { Page, RealDesk } from "./desk.ts";

/** What is taken of a list, from where on. */
export interface Walk {
  readonly limit?: number;
  /** More pages than these are not walked. */
  readonly pages?: number;
  readonly skip?: number;
}

/** How much was held to the plain computation. */
export interface Figures {
  lists: number;
  empty: number;
  pages: number;
  entries: number;
  ended: number;
}

/** Holds lists and numbers to what they must be. */
export class Comparison {
  readonly next: () => number;
  readonly figures: Figures = { lists: 0, empty: 0, pages: 0, entries: 0, ended: 0 };
  readonly #service: RealDesk["service"];
  readonly #tickets: readonly Ticket[];

  constructor(service: RealDesk["service"], tickets: readonly Ticket[], seed: number) {
    this.#service = service;
    this.#tickets = tickets;
    this.next = random(seed);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  /** One of the tickets. */
  ticket(): Ticket {
    const ticket = this.#tickets[this.below(this.#tickets.length)];
    if (!ticket) throw new Error("there is no ticket");
    return ticket;
  }

  /**
   * Walks a list by its cursors.
   *
   * @param among the tickets that can be in it, where these are few
   * @returns how many tickets are in the list
   */
  async list(view: View, { limit, pages = Number.POSITIVE_INFINITY, skip = 0 }: Walk, among = this.#tickets) {
    const expected = viewOf(among, view);
    const query = `/tickets?${limit === undefined ? "" : `limit=${limit}&`}${queryOf(view)}`;
    let next: string | null = skip === 0 ? query : `${query}&skip=${skip}`;
    let from = skip;
    for (let page = 1; next !== null && page <= pages; page++) {
      const { items, next_cursor }: Page = await this.#service.get<Page>(next);
      const wanted = expected.slice(from, from + (limit ?? 20));
      // Most are equal, and are found to be so faster this way.
      if (!isDeepStrictEqual(items, wanted)) expect(items, `${next} of ${expected.length}`).toEqual(wanted);
      from += items.length;
      if ((next_cursor === null) !== from >= expected.length)
        throw new Error(`${next} ends at ${from} of ${expected.length}`);
      next = next_cursor === null ? null : `${query}&cursor=${encodeURIComponent(next_cursor)}`;
      this.figures.pages++;
      this.figures.entries += items.length;
    }
    this.figures.lists++;
    this.figures.empty += Number(expected.length === 0);
    this.figures.ended += Number(next === null);
    return expected.length;
  }

  /** Compares all numbers. */
  async stats(): Promise<void> {
    const { as_of, ...stats } = await this.#service.get<{ as_of: string; oldest_waiting: { id: string } | null }>(
      "/stats",
    );
    const items = this.#tickets.map(({ item }) => item);
    expect(stats).toEqual(expectedStats(items, stats.oldest_waiting?.id));
    expect(Date.parse(as_of)).toBeGreaterThan(0);
  }
}
