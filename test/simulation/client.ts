import { changeTicket, createTicket } from "../../src/commands/change-ticket.ts";
import { changeTickets } from "../../src/commands/change-tickets.ts";
import type { Outcome } from "../../src/commands/transact.ts";
import type { ChangeTicket, CreateTicket } from "../../src/domain/decide.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import type { Runtime } from "../../src/http/api.ts";
import { tokenAfter, tokenWith } from "../../src/http/headers/consistency-token.ts";
import { fingerprintOf } from "../../src/platform/sealed.ts";
import { DEFAULT_WAIT_MS } from "../../src/projection/consistency/fresh-read.ts";
import {
  EMPTY_TOKEN,
  formatToken,
  laterBookmark,
  mergeTokens,
  parseToken,
  type Token,
} from "../../src/projection/consistency/token.ts";
import { type ListPage, listTickets } from "../../src/queries/read-model/list.ts";
import { ticketDetails } from "../../src/queries/source/details.ts";
import { SEAL } from "../access.ts";
import { itemsNow } from "./check.ts";
import { count } from "./faults.ts";
import type { Attempt, BulkAttempt, Ledger } from "./ledger.ts";
import { PROJECTORS, WORKSPACE, type World } from "./world.ts";

/** Tags that a client sends at once. */
const MOST_TAGS = 5;

/** What a client asks of a list. */
export interface ListHow {
  readonly latest: boolean;
  readonly withToken: boolean;
  readonly byNote?: boolean;
}

/** A client with a session: it sends all tokens that it holds, and remembers what it has seen and written. */
export class Client {
  readonly name: string;
  readonly #world: World;
  readonly #ledger: Ledger;
  /** Tokens of answers, not yet merged into one. */
  #tokens: string[] = [];
  readonly #known = new Map<string, number>();
  /** Pages that it has kept, by their tags, the newest last: it sends the tags of all. */
  readonly #kept = new Map<string, ListPage>();

  constructor(name: string, world: World, ledger: Ledger) {
    this.name = name;
    this.#world = world;
    this.#ledger = ledger;
  }

  /** Forgets its session, as a new client would. */
  forget(): void {
    this.#tokens = [];
    this.#known.clear();
  }

  /** Sends a command, for the first time or again. */
  async send(deps: Runtime, attempt: Attempt): Promise<void> {
    const { token, sent } = this.#present();
    const { command, marker, ticketId, key, ifMatch } = attempt;
    const context = {
      workspace_id: WORKSPACE,
      agent_id: marker,
      idempotencyKey: key === undefined ? undefined : { key, fingerprint: fingerprintOf(JSON.stringify(command)) },
      mayChange: (version: number) => ifMatch === undefined || version === ifMatch,
      readerToken: { tickets: [...token.versions.keys()], seq: token.seq },
    };
    try {
      const outcome = await perform(deps, context, ticketId, command);
      const { id, version } = outcome.answer;
      attempt.answers.push({ id, version, wrote: outcome.wrote, replayed: outcome.replayed });
      this.#learn(sent, tokenWith(tokenAfter(token, outcome), id, version), outcome.snapshot.newest_seq, [
        [id, version],
      ]);
    } catch (error) {
      // A refusal says that nothing was done; anything else, that nobody knows.
      if (!(error instanceof Refusal)) attempt.unknown = true;
      this.#world.trace(`  ${this.name} was refused: ${String(error)}`);
    }
  }

  /** Sends a bulk, for the first time or again. */
  async sendBulk(deps: Runtime, bulk: BulkAttempt): Promise<void> {
    const { token, sent } = this.#present();
    const { command, marker, key, attempts } = bulk;
    const context = {
      workspace_id: WORKSPACE,
      agent_id: marker,
      idempotencyKey: key === undefined ? undefined : { key, fingerprint: fingerprintOf(JSON.stringify(command)) },
      mayChange: () => true,
      readerToken: { tickets: [...token.versions.keys()], seq: token.seq },
    };
    try {
      const outcome = await changeTickets(deps, context, [...attempts.keys()], command);
      const seen: [string, number][] = [];
      for (const result of outcome.answer) {
        if (!("version" in result)) continue;
        const { id, version } = result;
        // All else may be so already.
        const wrote = outcome.wrote && ["AddAgentNote", "AddMessage"].includes(command.type);
        attempts.get(id)?.answers.push({ id, version, wrote, replayed: outcome.replayed });
        seen.push([id, version]);
      }
      if (key !== undefined) bulk.answers.push(JSON.stringify(outcome.answer));
      const after = seen.reduce((known, [id, version]) => tokenWith(known, id, version), tokenAfter(token, outcome));
      this.#learn(sent, after, outcome.snapshot.newest_seq, seen);
    } catch (error) {
      if (!(error instanceof Refusal)) for (const attempt of attempts.values()) attempt.unknown = true;
      this.#world.trace(`  ${this.name} was refused: ${String(error)}`);
    }
  }

  /** Reads the whole list, or all that has a note. */
  async list(deps: Runtime, how: ListHow): Promise<void> {
    const { token, sent } = how.withToken ? this.#present() : { token: EMPTY_TOKEN, sent: [] };
    const expected = new Map(how.withToken ? this.#known : []);
    if (how.latest) {
      for (const { id, version } of this.#world.d1.peek<{ id: string; version: number }>(
        "SELECT id, version FROM tickets",
      )) {
        expected.set(id, version);
      }
    }
    try {
      const answer = await listTickets(deps, {
        workspace_id: WORKSPACE,
        filters: { status: [], has_note: how.byNote ? true : undefined, customer_id: undefined },
        limit: 100,
        skip: 0,
        expectation: { token, latest: how.latest, wait: DEFAULT_WAIT_MS },
        tags: [...this.#kept.keys()].slice(-MOST_TAGS),
      });
      const page = answer.page ?? this.#pageKept(answer.tag, how.byNote === true);
      if (answer.page && answer.tag !== null) this.#kept.set(answer.tag, answer.page);
      const { items, as_of, stale = [] } = page;
      // The older deployment knows no notes, and says so of every ticket.
      const knowsNotes = deps.projection.projector === PROJECTORS.new;
      const byNote = how.byNote === true;
      this.#ledger.lists.push({
        client: this.name,
        items,
        as_of: Date.parse(as_of),
        stale,
        expected,
        byNote,
        knowsNotes,
      });
      const shown = items.map(({ id, version }): [string, number] => [id, version]);
      this.#learn(sent, answer.token, answer.newestSeq, how.withToken ? shown : []);
    } catch (error) {
      this.#world.trace(`  ${this.name} got no list: ${String(error)}`);
    }
  }

  /** What it has instead of a page that was not sent again: exactly what the list shows now, where it was answered. */
  #pageKept(tag: string | null, byNote: boolean): ListPage {
    count(this.#world.tally, "list not modified");
    const page = this.#kept.get(tag ?? "");
    if (!page) throw new Error(`the list is called not modified by a tag that nobody sent: ${tag}`);
    // What the list showed when an answer that hung was made, nobody can look up any more.
    if (this.#world.answeredBy === undefined) return page;
    const now = JSON.stringify(itemsNow(this.#world, byNote));
    const kept = JSON.stringify(page.items);
    if (now !== kept) {
      this.#ledger.violated(`a list of ${this.name} is called not modified: it kept ${kept}, and there is ${now}`);
    }
    return page;
  }

  /** Reads one ticket from the source. */
  async details(deps: Runtime, id: string): Promise<void> {
    const { token, sent } = this.#present();
    try {
      const { details, newestSeq, bookmark } = await ticketDetails(deps, { workspace_id: WORKSPACE, id, limit: 10 });
      const seen = tokenWith(token, id, details.version);
      const merged = { ...seen, bookmark: laterBookmark(seen.bookmark, bookmark) };
      this.#learn(sent, merged, newestSeq, [[id, details.version]]);
    } catch (error) {
      this.#world.trace(`  ${this.name} got no details: ${String(error)}`);
    }
  }

  #present(): { token: Token; sent: readonly string[] } {
    const sent = [...this.#tokens];
    const tokens = sent.map((text) => parseToken(SEAL, text) ?? this.#malformed(text));
    return { token: tokens.reduce(mergeTokens, EMPTY_TOKEN), sent };
  }

  #malformed(text: string): Token {
    this.#ledger.violated(`the service does not know its own token ${text}`);
    return EMPTY_TOKEN;
  }

  #learn(sent: readonly string[], token: Token, newestSeq: number, seen: Iterable<readonly [string, number]>): void {
    const text = formatToken(SEAL, token, newestSeq);
    if (text.length >= 2_048) this.#ledger.violated(`a token of ${text.length} characters`);
    this.#tokens = [...this.#tokens.filter((held) => !sent.includes(held)), text];
    for (const [id, version] of seen) this.#known.set(id, Math.max(version, this.#known.get(id) ?? 0));
  }
}

function perform(
  deps: Runtime,
  context: Parameters<typeof createTicket>[1],
  ticketId: string | undefined,
  command: CreateTicket | ChangeTicket,
): Promise<Outcome<{ id: string; version: number }>> {
  if (command.type === "CreateTicket") return createTicket(deps, context, command);
  return changeTicket(deps, context, ticketId ?? "", command);
}
