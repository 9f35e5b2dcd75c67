// A thread that makes what another one writes: so one fill keeps two cores at work.
import { parentPort } from "node:worker_threads";
import { append } from "../../src/commands/event-store.ts";
import type { Statement } from "../../src/platform/database.ts";
import { type Projected, type Projection, type TicketRef, versionOf } from "../../src/projection/core/projection.ts";
import { projectionWrites } from "../../src/projection/core/writes.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { importedAt } from "./imported.ts";
import { FILLED_AT } from "./tickets.ts";

/** What is to be made: what records the tickets of some numbers, or what projects tickets that are recorded. */
export type Order =
  | { readonly first: number; readonly end: number }
  | { readonly refs: readonly TicketRef[]; readonly sources: readonly Projected[] };

/** What is to be written, and of which tickets. */
export interface Made {
  readonly refs: readonly TicketRef[];
  readonly statements: readonly Statement[];
}

const projection: Projection = ticketList;

parentPort?.on("message", (order: Order) => parentPort?.postMessage(make(order)));

function make(order: Order): Made {
  if ("first" in order) {
    const changes = Array.from({ length: order.end - order.first }, (_, index) => importedAt(order.first + index));
    const refs = changes.map(({ ticket }) => ({ workspace_id: ticket.workspace_id, ticket_id: ticket.id }));
    return { refs, statements: append(changes, FILLED_AT) };
  }
  const rows = order.sources.map((source) => projection.project(source));
  return {
    refs: rows.map(versionOf),
    statements: projectionWrites({ projection, clock: () => FILLED_AT }, order.refs, rows),
  };
}
