import type { Tally } from "../simulation/faults.ts";
import type { Row } from "./answers.ts";
import type { Command, ImportTicket } from "./commands.ts";
import type { Answer } from "./door.ts";

/** A command that a client has given, however often it sent it; of an import, one line. */
export interface Attempt<Asked = Command | ImportTicket> {
  readonly marker: string;
  readonly command: Asked;
  /** The `Idempotency-Key`; with one, the client sends it until there is an answer. The lines of an import have one together. */
  readonly key: string | undefined;
  /** The answers that acknowledged it; an import's does not say under which id. */
  readonly answers: { readonly id: string | undefined; readonly version: number }[];
  /** The answers that refused it, which therefore must not have taken effect. */
  readonly refusals: string[];
  /** How often nobody could say what became of it. */
  unknown: number;
}

/** A list that was answered. */
export interface ListSeen {
  readonly client: string;
  readonly rows: readonly Row[];
  /** Whether this was the last page: then the list has all that it can have. */
  readonly isWhole: boolean;
  /** The customer that it was narrowed to. */
  readonly customer: string | undefined;
  /** Milliseconds since 1970. */
  readonly as_of: number;
  readonly stale: readonly string[];
  /** The tickets that the reader's token stands for and that belong on the list, with the versions to show at least. */
  readonly expected: ReadonlyMap<string, number>;
}

/** What can be broken. */
export type Kind = "lost" | "doubled" | "gap" | "unasked" | "stale row" | "forgotten" | "list" | "answer" | "start";

/** A promise that was not kept. */
export interface Violation {
  readonly kind: Kind;
  readonly detail: string;
}

/** All that the clients know: what they sent and were answered. The checks hold the service to it. */
export class Ledger {
  readonly attempts: Attempt[] = [];
  /** The lists that are not checked yet. */
  lists: ListSeen[] = [];
  /** The tickets that commands named since they were last looked at. */
  touched = new Set<string>();
  readonly tally: Tally = {};
  readonly #violations = new Map<string, Violation>();

  get violations(): readonly Violation[] {
    return [...this.#violations.values()];
  }

  /** Notes what was broken; the same a second time, seen from another side, is no news. */
  violated(violations: readonly Violation[]): void {
    for (const violation of violations) this.#violations.set(`${violation.kind} ${violation.detail}`, violation);
  }

  /** Notes an answer that a client has to expect in no situation. */
  surprised(what: string, { status, text }: Answer): void {
    this.violated([{ kind: "answer", detail: `${what} was answered ${status} ${text.slice(0, 300)}` }]);
  }
}
