import { Failure } from "../../scripts/local/run.ts";
import type { ImportLine } from "../../src/commands/import-line.ts";
import { ticketAt } from "../data/tickets.ts";
import { type Accepted, type Answer, accepted, type Desk, type Listed } from "./desk.ts";

/** Which commands a desk is given: those whose lists the queue keeps, those that write their row themselves, or those that need none. */
export type Way = "edgedesk" | "inline" | "compute-on-read";

/** One request: its address after the ticket's own, and its body. */
export interface Request {
  readonly path: string;
  readonly body: object;
}

/** The commands that change a ticket, by name: each changes something, whichever ticket that is not done it is given. */
export const CHANGES: Readonly<Record<string, (line: ImportLine, ticket: Listed) => Request>> = {
  AddAgentNote: (line) => ({ path: "notes", body: { note: line.message } }),
  AddMessage: (line) => ({ path: "messages", body: { from: "agent", body: line.message } }),
  UpdateStatus: (_, { status }) => ({ path: "status", body: { new_status: other(status, "pending", "open") } }),
  AssignTicket: (_, { assignee_id }) => ({
    path: "assignee",
    body: { assignee_id: other(assignee_id, "agent-1", "agent-2") },
  }),
  SetPriority: (_, { priority }) => ({ path: "priority", body: { priority: other(priority, "urgent", "normal") } }),
  SetTags: (line) => ({ path: "tags", body: { tags: [...line.tags.slice(0, 1), `topic-${line.external_id}`] } }),
};

function other(now: string | null, one: string, two: string): string {
  return now === one ? two : one;
}

/** A desk in one of the two ways, with tickets like those that it has already. */
export class Commander {
  readonly desk: Desk;
  readonly #prefix: string;
  #next: number;

  /** @param first the number of the first ticket that is not there yet */
  constructor(desk: Desk, way: Way, first: number) {
    this.desk = desk;
    this.#prefix = way === "inline" ? "/inline" : "";
    this.#next = first;
  }

  /** A ticket as it would come next. */
  line(): ImportLine {
    return ticketAt(this.#next++);
  }

  async create(headers: Readonly<Record<string, string>> = {}, line = this.line()) {
    const { external_id, customer_id, subject, message, priority, tags } = line;
    const body = { external_id, customer_id, subject, message, priority, tags };
    return one(await this.desk.post(`${this.#prefix}/tickets`, body, headers));
  }

  async change(id: string, { path, body }: Request) {
    return one(await this.desk.post(`${this.#prefix}/tickets/${id}/${path}`, body));
  }

  /** Gives all of them one command. */
  async bulk(ids: readonly string[], command: object): Promise<Answer> {
    return await this.desk.post(`${this.#prefix}/tickets/bulk`, { ids, command });
  }

  async import(lines: readonly ImportLine[]): Promise<Answer> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    return await this.desk.post(`${this.#prefix}/tickets/import`, text);
  }
}

function one({ json, cost, headers }: Answer) {
  const ticket: Accepted = accepted.parse(json);
  if (!cost) throw new Failure("The Worker does not tell what a command cost");
  return { ticket, cost, headers };
}
