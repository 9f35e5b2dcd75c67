import type { BulkResult } from "../../src/commands/change-tickets.ts";
import { commandTime } from "../../src/commands/command-time.ts";
import { importLineSchema, importTicket } from "../../src/commands/import-line.ts";
import { backOff, type CommandContext, type Outcome } from "../../src/commands/transact.ts";
import type { ChangeTicket } from "../../src/domain/decide.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import type { Runtime } from "../../src/http/api.ts";
import { statement, UniqueViolation } from "../../src/platform/database.ts";
import { decideInline, load, type Projection, record } from "./commands.ts";
import { projectedAfter } from "./source.ts";

const TRIES = 10;

/** Gives one command to several tickets and writes their rows, in two D1 calls. */
export async function changeTickets(
  deps: Runtime,
  context: CommandContext,
  ids: readonly string[],
  command: ChangeTicket,
): Promise<Outcome<BulkResult[]>> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { sources, replayed, committed } = await load<BulkResult[]>(deps, context, ids);
    if (replayed) return replayed;
    const now = deps.clock();
    const projections: Projection[] = [];
    const results = ids.map((id): BulkResult => {
      try {
        const before = sources.get(id);
        if (!before) throw new Refusal("ticket-not-found", "Ticket not found");
        const projection = decideInline(deps, context, before, command, commandTime(now, committed.snapshot));
        if (projection) projections.push(projection);
        return { id, version: projection?.change.ticket.version ?? before.version };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { id, refusal: error.code, detail: error.message };
      }
    });
    if (projections.length === 0 && !context.idempotencyKey)
      return { answer: results, replayed: false, wrote: false, ...committed };
    try {
      return await record(deps, context, results, projections, now);
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      await backOff(deps, tries);
    }
  }
  throw new Refusal("concurrent-change", "Other requests keep changing these tickets: retry the request");
}

/** Takes tickets of an import with their rows: a look for those that are there, and a transaction. */
export async function importTickets(deps: Runtime, context: CommandContext, text: string): Promise<Outcome<number>> {
  const lines = text.split("\n").filter((line) => line !== "");
  const changes = lines.map((line) =>
    importTicket(importLineSchema.parse(JSON.parse(line)), context.workspace_id, deps.newId),
  );
  const [known] = await deps
    .databaseFor(context.workspace_id)
    .session("first-primary")
    .batch(
      statement<{ external_id: string }>(
        `SELECT ticket.external_id FROM json_each(?2) AS id
         CROSS JOIN tickets AS ticket ON ticket.workspace_id = ?1 AND ticket.external_id = id.value`,
        context.workspace_id,
        JSON.stringify(changes.map(({ ticket }) => ticket.external_id)),
      ),
    );
  const there = new Set<string | null>(known.map(({ external_id }) => external_id));
  const projections = changes
    .filter(({ ticket }) => !there.has(ticket.external_id))
    .map((change) => ({ change, row: projectedAfter(undefined, change) }));
  return await record(deps, context, projections.length, projections, deps.clock());
}
