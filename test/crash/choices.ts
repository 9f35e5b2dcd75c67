import type { Command } from "./commands.ts";

/** What a client may do next, and how often it does. */
const SHARES = [
  ["create", 18],
  ["status", 12],
  ["assignee", 5],
  ["priority", 4],
  ["tags", 4],
  ["note", 12],
  ["message", 22],
  ["repeat", 3],
  ["own list", 22],
  ["whole list", 4],
  ["details", 5],
] as const;

/** What changes a ticket. */
export type Change = "status" | "assignee" | "priority" | "tags" | "note" | "message";

export type Deed = (typeof SHARES)[number][0];

const TOTAL = SHARES.reduce((sum, [, share]) => sum + share, 0);

/** Of the commands, how many have an `Idempotency-Key`. */
const WITH_KEY = 0.5;

/** Of the changes, how many go to a ticket that others change at the same time. */
const TO_SHARED = 0.25;

const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
const TAGS = [[], ["billing"], ["billing", "login"]] as const;
const ASSIGNEES = ["ada", "ben", "cem", null] as const;

const STATUSES = ["open", "pending", "resolved", "closed"] as const;

/** Ends and beginnings that a preview collapses or cuts. */
const FILLERS = [
  "Where is it?",
  "  Die Rechnung\n\n\tfehlt seit Oktober.  ",
  "ログインできません。",
  "👩‍👩‍👧 ".repeat(60),
  "long ".repeat(400),
] as const;

/** The decisions of one client, by its seed. What the others do, and when the answers come, is not decided here. */
export class Choices {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  deed(): Deed {
    let left = this.#random() * TOTAL;
    for (const [deed, share] of SHARES) {
      left -= share;
      if (left < 0) return deed;
    }
    return "own list";
  }

  hasKey(): boolean {
    return this.#random() < WITH_KEY;
  }

  /** One of the client's own tickets, or one that all share. */
  ticket(own: readonly string[], shared: readonly string[]): string {
    return this.#pick(this.#random() < TO_SHARED && shared.length > 0 ? shared : own);
  }

  create(customer_id: string, marker: string): Command {
    return {
      type: "CreateTicket",
      customer_id,
      subject: `Crash ${marker}`,
      message: this.text(marker),
      priority: this.#pick(PRIORITIES),
      tags: this.#pick<readonly string[]>(TAGS),
    };
  }

  /** @param mayClose not a ticket that others still want to write on */
  change(deed: Change, ticket_id: string, marker: string, mayClose: boolean): Command {
    switch (deed) {
      case "status":
        return {
          type: "UpdateStatus",
          ticket_id,
          new_status: this.#pick(mayClose ? STATUSES : STATUSES.slice(0, -1)),
        };
      case "assignee":
        return { type: "AssignTicket", ticket_id, assignee_id: this.#pick(ASSIGNEES) };
      case "priority":
        return { type: "SetPriority", ticket_id, priority: this.#pick(PRIORITIES) };
      case "tags":
        return { type: "SetTags", ticket_id, tags: this.#pick<readonly string[]>(TAGS) };
      case "note":
        return { type: "AddAgentNote", ticket_id, note: this.text(marker) };
      case "message":
        return {
          type: "AddMessage",
          ticket_id,
          from: this.#pick(["customer", "agent"]),
          body: this.text(marker),
        };
    }
  }

  text(marker: string): string {
    const filler = this.#pick(FILLERS);
    return this.#random() < 0.5 ? `${marker} ${filler}` : `${filler} ${marker}`;
  }

  #pick<Value>(values: readonly Value[]): Value {
    const value = values[Math.floor(this.#random() * values.length)];
    if (value === undefined) throw new Error("nothing to choose from");
    return value;
  }
}
