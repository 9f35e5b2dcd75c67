import type { Runtime } from "../../src/http/api.ts";
import { eventFeed } from "../../src/queries/source/feed.ts";
import type { Ledger } from "./ledger.ts";
import { WORKSPACE, type World } from "./world.ts";

/** Another system that keeps itself in step by the feed: it stores a page and its cursor together, whenever it gets one. */
export class FeedReader {
  readonly name: string;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #types: readonly string[];
  /** The events that it has stored, in words. */
  readonly #stored: string[] = [];
  #cursor: string | undefined;
  #hasMore = true;

  /** @param types what it asks for; none: everything */
  constructor(name: string, world: World, ledger: Ledger, types: readonly string[] = []) {
    this.name = name;
    this.#world = world;
    this.#ledger = ledger;
    this.#types = types;
  }

  /** Whether more came after the latest page that it got. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Asks for the next page. Where there is no answer, it stays where it was. */
  async readOn(deps: Runtime): Promise<void> {
    const after = this.#cursor;
    const limit = 1 + this.#world.below(5);
    const page = await eventFeed(deps, { workspace_id: WORKSPACE, limit, types: this.#types, after });
    // It has one store: of two pages that were asked for at once, it takes one.
    if (this.#cursor !== after) return;
    this.#stored.push(...page.items.map(({ ticket_id, version, type }) => `${ticket_id} ${version} ${type}`));
    this.#cursor = page.next_cursor;
    this.#hasMore = page.has_more;
  }

  /** Holds what it has stored to the log: every event once, in order. */
  check(): void {
    const log = this.#world.d1.peek<{ ticket_id: string; version: number; type: string }>(
      "SELECT ticket_id, version, type FROM ticket_events ORDER BY seq",
    );
    const wanted = log.filter(({ type }) => this.#types.length === 0 || this.#types.includes(type));
    const expected = wanted.map(({ ticket_id, version, type }) => `${ticket_id} ${version} ${type}`);
    const place = expected.findIndex((event, index) => event !== this.#stored[index]);
    if (place >= 0) {
      this.#ledger.violated(`${this.name} read ${this.#stored[place] ?? "nothing"} instead of ${expected[place]}`);
    } else if (this.#stored.length > expected.length) {
      this.#ledger.violated(`${this.name} read ${this.#stored.length} events of ${expected.length}`);
    }
  }
}
