import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Desk } from "./desk.ts";
import { median } from "./numbers.ts";

const page = z.object({ items: z.array(z.object({ id: z.string() })), as_of: z.string() });

/** Reads a list again and again, and tells of each ticket when the first page came that shows it. */
export class Watch {
  /** Milliseconds from a command's answer to that page. */
  readonly lags: number[] = [];
  readonly #desk: Desk;
  readonly #path: string;
  readonly #waiting = new Map<string, { readonly since: number; readonly at: number }>();
  readonly #gaps: number[] = [];
  #isOver = false;

  constructor(desk: Desk, customer: string) {
    this.#desk = desk;
    this.#path = `/tickets?customer_id=${customer}&limit=100`;
  }

  /** Waits for a ticket whose command has just been answered. */
  expect(id: string): void {
    this.#waiting.set(id, { since: performance.now(), at: Date.now() });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** How exact the lags are: milliseconds between two pages, in the middle. */
  get resolution(): number | null {
    return median(this.#gaps);
  }

  /** Reads until it is over, with so many milliseconds between an answer and the next request. */
  async run(every: number): Promise<void> {
    for (let last = performance.now(); !this.#isOver; await pause(every)) {
      const { items, as_of } = page.parse((await this.#desk.get(this.#path)).json);
      const now = performance.now();
      this.#gaps.push(now - last);
      last = now;
      const shown = new Set(items.map(({ id }) => id));
      // A ticket that has left the page is known by the moment before which all is shown: the service's clock is this one.
      const before = Date.parse(as_of);
      for (const [id, { since, at }] of this.#waiting) {
        if (!shown.has(id) && before <= at) continue;
        this.lags.push(Math.max(now - since, 0));
        this.#waiting.delete(id);
      }
    }
  }

  end(): void {
    this.#isOver = true;
  }
}
