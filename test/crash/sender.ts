import { setTimeout as pause } from "node:timers/promises";
import { problemIn } from "../../scripts/answers.ts";
import { count } from "../simulation/faults.ts";
import { accepted } from "./answers.ts";
import { type Command, marker, requestFor } from "./commands.ts";
import type { Answer, Door } from "./door.ts";
import type { Attempt, Ledger } from "./ledger.ts";
import type { Session } from "./session.ts";

/** After a request without an answer: nobody hammers at a closed door. */
export const PAUSE_MS = 50;

/** Answered commands with a key that may be sent once more. */
const REMEMBERED = 8;

/** Sends the commands of one client, and remembers those that are to be sent again: the ones with a key and without an answer. */
export class Sender {
  readonly #client: number;
  readonly #door: Door;
  readonly #ledger: Ledger;
  readonly #session: Session;
  readonly #pending = new Set<Attempt<Command>>();
  #answered: readonly Attempt<Command>[] = [];
  #commands = 0;

  constructor(client: number, door: Door, ledger: Ledger, session: Session) {
    this.#client = client;
    this.#door = door;
    this.#ledger = ledger;
    this.#session = session;
  }

  /** Commands that the client has to repeat, because it does not know what became of them. */
  get pending(): readonly Attempt<Command>[] {
    return [...this.#pending];
  }

  /** A command that was answered a while ago, maybe before a crash: its answer must be the same for ever. */
  get old(): Attempt<Command> | undefined {
    return this.#answered[0];
  }

  /** Sends a new command, with a marker of its own. */
  async give(make: (marker: string) => Command, hasKey: boolean): Promise<Attempt<Command>> {
    const own = marker(this.#client, ++this.#commands);
    const key = hasKey ? `crash-${own}` : undefined;
    const attempt: Attempt<Command> = { marker: own, command: make(own), key, answers: [], refusals: [], unknown: 0 };
    this.#ledger.attempts.push(attempt);
    count(this.#ledger.tally, "commands");
    if (hasKey) this.#pending.add(attempt);
    await this.send(attempt);
    return attempt;
  }

  /** Sends a command, for the first time or again. */
  async send(attempt: Attempt<Command>): Promise<void> {
    const { tally, touched } = this.#ledger;
    const isFirst = attempt.answers.length + attempt.refusals.length + attempt.unknown === 0;
    if (!isFirst) count(tally, "repeated");
    if ("ticket_id" in attempt.command) touched.add(attempt.command.ticket_id);
    const { path, body } = requestFor(attempt.command);
    const key = attempt.key === undefined ? {} : { "Idempotency-Key": attempt.key };
    const answer = await this.#door.ask(path, { headers: { ...this.#session.headers, ...key }, body });
    if (answer !== undefined && this.#understand(attempt, answer)) {
      this.#pending.delete(attempt);
      return;
    }
    attempt.unknown++;
    if (isFirst) count(tally, "without an answer");
    await pause(PAUSE_MS);
  }

  /** @returns whether the answer says what became of the command */
  #understand(attempt: Attempt<Command>, answer: Answer): boolean {
    const { tally } = this.#ledger;
    const isNews = attempt.answers.length + attempt.refusals.length === 0;
    switch (answer.status) {
      case 200:
      case 201:
        if (isNews) count(tally, "acknowledged");
        this.#acknowledged(attempt, answer);
        return true;
      case 409:
        if (isNews) count(tally, "refused");
        attempt.refusals.push(`${answer.status}${problemIn(answer.text)}`);
        return true;
      case 503:
        // The database did not respond: nobody knows.
        return false;
      default:
        this.#ledger.surprised(`${attempt.command.type} ${attempt.marker}`, answer);
        return false;
    }
  }

  #acknowledged(attempt: Attempt<Command>, answer: Answer): void {
    const { id, version } = accepted.parse(answer.json);
    attempt.answers.push({ id, version });
    this.#ledger.touched.add(id);
    const { command } = attempt;
    const customer_id = command.type === "CreateTicket" ? command.customer_id : undefined;
    this.#session.learn(answer, [{ id, version, customer_id }]);
    if (attempt.key === undefined) return;
    this.#answered = [...this.#answered.filter((one) => one !== attempt), attempt].slice(-REMEMBERED);
  }
}
