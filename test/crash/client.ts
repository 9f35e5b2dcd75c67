import { setTimeout as pause } from "node:timers/promises";
import { count } from "../simulation/faults.ts";
import { details, problem, ticketPage } from "./answers.ts";
import type { Choices } from "./choices.ts";
import type { Command } from "./commands.ts";
import type { Door } from "./door.ts";
import type { Ledger } from "./ledger.ts";
import { PAUSE_MS, Sender } from "./sender.ts";
import { Session } from "./session.ts";

/** The tickets that a client goes on working on. */
const LATEST = 12;

/** How a client comes to what it is. */
export interface ClientNeeds {
  readonly door: Door;
  readonly ledger: Ledger;
  readonly choices: Choices;
  /** Tickets that all clients change. */
  readonly shared: readonly string[];
}

/**
 * A client: one request after the other, and one session over all crashes. It keeps its token, and repeats what it has a key for
 * until it is answered.
 */
export class Client {
  readonly name: string;
  readonly #number: number;
  readonly #needs: ClientNeeds;
  readonly #session = new Session();
  readonly #sender: Sender;
  /** The latest of its tickets, whoever is their customer. */
  #own: readonly string[] = [];
  #customer = "";

  constructor(number: number, needs: ClientNeeds) {
    this.name = `client ${number}`;
    this.#number = number;
    this.#needs = needs;
    this.#sender = new Sender(number, needs.door, needs.ledger, this.#session);
  }

  /** Commands that it will repeat when it comes back. */
  get pending(): number {
    return this.#sender.pending.length;
  }

  /** Works until it is told to stop. Each cycle has a customer of its own, so that its list stays short enough for one page. */
  async work(cycle: number, stopped: () => boolean): Promise<void> {
    await this.comeBack(stopped);
    this.#customer = `client-${this.#number}-cycle-${cycle}`;
    while (!stopped()) await this.#act();
  }

  /** What a client does first after a crash: it repeats what was not answered, and looks for its own writes. */
  async comeBack(stopped: () => boolean = () => false): Promise<void> {
    if (this.#customer !== "" && !stopped()) await this.#list(this.#customer);
    for (const attempt of this.#sender.pending) if (!stopped()) await this.#sender.send(attempt);
    if (!stopped()) await this.#list(undefined);
  }

  /** Creates a ticket that all clients change. */
  async createShared(): Promise<string | undefined> {
    const { answers } = await this.#sender.give((own) => this.#needs.choices.create("shared", own), true);
    return answers[0]?.id;
  }

  async #act(): Promise<void> {
    const { choices, shared } = this.#needs;
    const deed = choices.deed();
    const id = this.#own.length > 0 ? choices.ticket(this.#own, shared) : undefined;
    const { old } = this.#sender;
    if (deed === "own list") return await this.#list(this.#customer);
    if (deed === "whole list") return await this.#list(undefined);
    if (deed === "repeat" && old !== undefined) return await this.#sender.send(old);
    if (deed === "repeat" || deed === "create" || id === undefined) return await this.#create();
    if (deed === "details") return await this.#details(id);
    const change = (own: string): Command => choices.change(deed, id, own, !shared.includes(id));
    await this.#sender.give(change, choices.hasKey());
  }

  async #create(): Promise<void> {
    const { choices } = this.#needs;
    const attempt = await this.#sender.give((own) => choices.create(this.#customer, own), choices.hasKey());
    const created = attempt.answers.slice(0, 1).flatMap(({ id }) => id ?? []);
    this.#own = [...this.#own, ...created].slice(-LATEST);
  }

  async #list(customer: string | undefined): Promise<void> {
    const { door, ledger } = this.#needs;
    const expected = this.#session.expected(customer);
    const path = `/tickets?limit=100${customer === undefined ? "" : `&customer_id=${customer}`}`;
    const answer = await door.ask(path, { headers: this.#session.headers });
    if (answer === undefined) return void (await pause(PAUSE_MS));
    const isPutOff = problem.safeParse(answer.json).data?.type === "/problems/not-yet-consistent";
    if (isPutOff) return count(ledger.tally, "lists put off");
    if (answer.status !== 200) return ledger.surprised(`a list of ${this.name}`, answer);
    const { items, next_cursor, ...page } = ticketPage.parse(answer.json);
    count(ledger.tally, "lists");
    const isWhole = next_cursor === null;
    ledger.lists.push({ client: this.name, customer, expected, rows: items, isWhole, ...page });
    this.#session.learn(answer, items);
  }

  async #details(id: string): Promise<void> {
    const { door, ledger } = this.#needs;
    const least = this.#session.versionOf(id);
    const answer = await door.ask(`/tickets/${id}`, { headers: this.#session.headers });
    if (answer === undefined) return void (await pause(PAUSE_MS));
    if (answer.status !== 200) return ledger.surprised(`GET /tickets/${id}`, answer);
    const { version } = details.parse(answer.json);
    if (version < least) {
      const detail = `GET /tickets/${id} shows ${this.name} version ${version}, which has seen ${least}`;
      ledger.violated([{ kind: "lost", detail }]);
    }
    this.#session.learn(answer, [{ id, version }]);
  }
}
