import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type ExpectedItem, expectedItem, expectedList, type Line, type Wanted } from "../oracle/ticket-list.ts";

const KEY = "edgedesk-local-key";

/** An entry of the list, which may have the new field. */
export type Item = ExpectedItem & { readonly id: string; readonly turn?: string | null };

interface Page {
  readonly items: Item[];
}

/** An answer with what it says. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends one request; with a body, a POST. */
export async function request(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, {
    ...post,
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", ...headers },
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The body of an answer that must be a success. */
export async function ok<Body>(answering: Answer | Promise<Answer>): Promise<Body> {
  const { status, text } = await answering;
  if (status < 200 || status > 299) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

/** All pages of a list, by their links. */
export async function walk(address: string, query = ""): Promise<Item[]> {
  const items: Item[] = [];
  for (let next = `${address}/tickets?limit=100&${query}`; next !== ""; ) {
    const answer = await request(next);
    items.push(...(await ok<Page>(answer)).items);
    [, next = ""] = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link") ?? "") ?? [];
  }
  return items;
}

/** Whose turn it is, from what else an entry shows: computed apart from the projector. */
export function turnOf({ status, last_message_from }: Item): string {
  if (status === "pending") return "customer";
  if (status !== "open") return "nobody";
  return last_message_from === "agent" ? "customer" : "agent";
}

/**
 * People at work: they go through lists, write, and look up what they wrote, without a break. Everything that is not as it has to
 * be is in `failures`.
 */
export class Traffic {
  readonly failures: string[] = [];
  readonly counts = { lists: 0, walks: 0, commands: 0, details: 0, longest_ms: 0 };
  readonly #address: string;
  /** What the imported tickets must look like, whatever else happens: nobody changes them. */
  readonly #imported: readonly Item[];
  #people: Promise<void>[] = [];
  #goesOn = false;

  /** @param shown the whole list, for the ids that the service gave to the imported lines */
  constructor(address: string, lines: readonly Line[], shown: readonly Item[]) {
    const ids = new Map(shown.map(({ external_id, id }) => [external_id, id]));
    this.#address = address;
    this.#imported = lines.map((line) => ({ ...expectedItem(line), id: ids.get(line.external_id) ?? "missing" }));
  }

  begin(): void {
    this.#goesOn = true;
    this.#people = [this.#repeat(this.#walksThrough), this.#repeat(this.#looks), this.#repeat(this.#writes)];
  }

  /** Resolves when all are done with what they are doing. */
  async stop(): Promise<void> {
    this.#goesOn = false;
    await Promise.all(this.#people);
  }

  async #repeat(work: (round: number) => Promise<void>): Promise<void> {
    for (let round = 0; this.#goesOn; round++) {
      await work.call(this, round).catch((error) => this.failures.push(String(error)));
      await pause(20);
    }
  }

  /** Every page of the list: each imported ticket once, in its place, with everything that it shows. */
  async #walksThrough(round: number): Promise<void> {
    const wishes: [string, Wanted][] = [
      ["", {}],
      ["status=open&status=pending", { status: ["open", "pending"] }],
      ["has_note=true", { has_note: true }],
    ];
    const [query = "", wanted = {}] = wishes[round % wishes.length] ?? [];
    const items = await walk(this.#address, query);
    this.counts.walks++;
    this.#check(new Set(items.map(({ id }) => id)).size === items.length, `a walk by "${query}" shows a ticket twice`);
    const shown = items.filter(({ external_id }) => external_id?.startsWith("ext-"));
    this.#compare(shown, wanted, this.#imported.length, `a walk by "${query}"`);
  }

  /** What is shown of the imported tickets is what must be, up to so many; the new field is not there yet, or right. */
  #compare(shown: readonly Item[], wanted: Wanted, limit: number, where: string): void {
    const expected = expectedList(this.#imported, wanted).slice(0, limit);
    const plain = shown.map(({ turn: _, ...item }) => item);
    this.#check(isDeepStrictEqual(plain, expected), `${where} shows ${shown.length} of ${expected.length}, or others`);
    for (const item of shown)
      this.#check([undefined, null, turnOf(item)].includes(item.turn), `the turn of ${item.id}`);
  }

  /** The first page of a list, without a filter and of one customer after the other. */
  async #looks(round: number): Promise<void> {
    const customer_id = `cus-${round % 40}`;
    const { items } = await this.#timed(`/tickets?limit=100&customer_id=${customer_id}`);
    this.#compare(items, { customer_id }, 100, `the list of ${customer_id}`);
    const all = await this.#timed("/tickets?limit=100");
    this.counts.lists += 2;
    const keys = all.items.map(({ updated_at, id }) => `${updated_at} ${id}`);
    this.#check(keys.length === 100, `the list shows ${keys.length} tickets of 100`);
    this.#check(isDeepStrictEqual(keys, keys.toSorted().toReversed()), "the list is not in order");
  }

  /** A command, and the list and the ticket after it: both show it. */
  async #writes(round: number): Promise<void> {
    const ticket = { customer_id: "traffic", subject: `Ticket ${round}`, message: "Is it done?" };
    const created = await request(`${this.#address}/tickets`, ticket);
    const { id } = await ok<{ id: string }>(created);
    const reply = { from: "agent", body: "It is." };
    const replied = await request(`${this.#address}/tickets/${id}/messages`, reply);
    const { version } = await ok<{ version: number }>(replied);
    if (round % 2 === 0) await ok(request(`${this.#address}/tickets/${id}/notes`, { note: "n" }));
    this.counts.commands += round % 2 === 0 ? 3 : 2;
    const token = replied.headers.get("Consistency-Token") ?? "";
    const { items } = await this.#timed("/tickets?customer_id=traffic", { "Consistency-Token": token });
    const mine = items.find((item) => item.id === id);
    this.#check(mine !== undefined && mine.version >= version, `${id} is not shown to who wrote it`);
    const details = await ok<{ version: number }>(request(`${this.#address}/tickets/${id}`));
    this.counts.details++;
    this.#check(details.version >= version, `${id} is at version ${details.version}`);
  }

  async #timed(path: string, headers?: Record<string, string>): Promise<Page> {
    const begin = performance.now();
    const page = await ok<Page>(request(this.#address + path, undefined, headers));
    this.counts.longest_ms = Math.max(this.counts.longest_ms, Math.round(performance.now() - begin));
    return page;
  }

  #check(holds: boolean, otherwise: string): void {
    if (!holds) this.failures.push(otherwise);
  }
}
