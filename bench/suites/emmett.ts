import { mkdirSync } from "node:fs";
import { v7 } from "uuid";
import { Failure } from "../../scripts/local/run.ts";
import { type ChangeTicket, decide } from "../../src/domain/decide.ts";
import type { TicketFact } from "../../src/domain/events.ts";
import { evolve } from "../../src/domain/ticket.ts";
import { ROOT_WORKSPACE } from "../../src/http/middleware/authenticate.ts";
import { ticketAt } from "../data/tickets.ts";
import { type EmmettStore, openEmmett, type State, type Stored } from "../emmett/store.ts";
import type { Bench, Figure, Suite } from "../figures.ts";
import { CHANGES, Commander } from "../load/commands.ts";
import { type Accepted, type Desk, withDesk } from "../load/desk.ts";
import { interleaved, median } from "../load/numbers.ts";

const ROUNDS = { full: 20, quick: 2 };
const TIMES = 40;
const KINDS = ["CreateTicket", "AddMessage", "SetPriority"] as const;
type Kind = (typeof KINDS)[number];

/**
 * For the appendix: Emmett with its SQLite store and an inline projection, in this process and called as a function, beside this service's
 * commands over HTTP in the runtime. The same rules decide. It gives less: no idempotency keys, no search, no counters, no rebuild without
 * downtime; its list increments, so that what is once wrong stays wrong; and one process has the file.
 */
export const emmett: Suite = {
  name: "emmett",
  minutes: 1,
  run: async (bench) => {
    const tickets = Math.min(...bench.sizes);
    const folder = `${bench.folder}/emmett`;
    mkdirSync(folder, { recursive: true });
    const store = await openEmmett(folder, fold).catch((error) => {
      if (!(error instanceof Failure)) throw error;
    });
    // Without a registry there is none, and nothing else of the bench is at stake.
    if (!store) return [{ suite: "emmett", system: "emmett", tickets, what: "not installed", values: { per_s: null } }];
    try {
      return await withDesk(bench, tickets, async (desk) => await sideBySide(bench, store, desk, tickets));
    } finally {
      store.close();
    }
  },
};

/** Does one of a kind, on the ticket of a number among those of a round. */
type Act = (kind: Kind, index: number) => Promise<void>;

async function sideBySide(bench: Bench, store: EmmettStore, desk: Desk, tickets: number): Promise<readonly Figure[]> {
  const systems = [
    { system: "emmett" as const, act: inProcess(store) },
    { system: "edgedesk" as const, act: overHttp(new Commander(desk, "edgedesk", tickets)) },
    { system: "inline" as const, act: overHttp(new Commander(desk, "inline", tickets + 50_000)) },
  ];
  const took = new Map<string, number[]>();
  const works = systems.map(({ system, act }) => async () => {
    bench.stopping.throwIfAborted();
    for (const kind of KINDS) {
      for (let index = 0; index < TIMES; index++) {
        const begun = performance.now();
        await act(kind, index);
        const key = `${system} ${kind}`;
        took.set(key, [...(took.get(key) ?? []), performance.now() - begun]);
      }
      await desk.settled(bench.stopping);
    }
  });
  await interleaved(bench.isQuick ? ROUNDS.quick : ROUNDS.full, works, (share) =>
    bench.progress(share, "Emmett beside"),
  );
  return systems.flatMap(({ system }) =>
    KINDS.map((what) => {
      const all = took.get(`${system} ${what}`) ?? [];
      const seconds = all.reduce((sum, ms) => sum + ms, 0) / 1_000;
      return { suite: "emmett", system, tickets, what, values: { time_ms: median(all), per_s: all.length / seconds } };
    }),
  );
}

function overHttp(commander: Commander): Act {
  const created: Accepted[] = [];
  return async (kind, index) => {
    if (kind === "CreateTicket") {
      created[index] = (await commander.create()).ticket;
      return;
    }
    const { id, version } = created[index] ?? { id: "", version: 0 };
    const listed = { id, version, status: "open", priority: "normal", assignee_id: null };
    const request = CHANGES[kind]?.(ticketAt(index), listed);
    if (request) await commander.change(id, request);
  };
}

function inProcess({ handle }: EmmettStore): Act {
  const ids: string[] = [];
  return async (kind, index) => {
    const line = ticketAt(index);
    if (kind === "CreateTicket") {
      const id = v7();
      ids[index] = id;
      const { external_id, customer_id, subject, message, priority, tags } = line;
      const given = { external_id, customer_id, subject, message, priority, tags, follow_up_of: null };
      await handle(id, (state) => stored(id, state, decide(undefined, { type: "CreateTicket", ...given })));
      return;
    }
    const id = ids[index] ?? "";
    const command: ChangeTicket =
      kind === "AddMessage"
        ? { type: "AddMessage", from: "agent", body: line.message }
        : { type: "SetPriority", priority: "urgent" };
    await handle(id, (state) => {
      if (!state.ticket) throw new Error("Emmett has no such ticket");
      return stored(id, state, decide(state.ticket, command));
    });
  };
}

function stored(ticket_id: string, { ticket }: State, fact: TicketFact | undefined): Stored[] {
  if (!fact) return [];
  const version = (ticket?.version ?? 0) + 1;
  const data = {
    workspace_id: ROOT_WORKSPACE,
    ticket_id,
    version,
    event_id: v7(),
    agent_id: null,
    occurred_at: Date.now(),
    fact,
  };
  return [{ type: "ticket", data }];
}

function fold({ ticket }: State, { data }: Stored): State {
  return { ticket: evolve(ticket, data) };
}
