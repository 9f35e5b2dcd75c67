import { expectTypeOf } from "vitest";
import type { Client, EdgedeskProblem, Key, Ticket, TicketDetails } from "../../src/client/index.ts";

// `tsc` checks this; nothing of it runs.

/** Types are those of the routes, and none is lost on the way. */
export async function methods(client: Client): Promise<void> {
  expectTypeOf(
    await client.tickets.create({ customer_id: "c", subject: "s", message: "m", priority: "high" }),
  ).toEqualTypeOf<{
    id: string;
    version: number;
  }>();
  // @ts-expect-error there is no such priority
  client.tickets.create({ customer_id: "c", subject: "s", message: "m", priority: "higher" });
  // @ts-expect-error a message is missing
  client.tickets.create({ customer_id: "c", subject: "s" });
  // @ts-expect-error there is no such field
  client.tickets.create({ customer_id: "c", subject: "s", message: "m", colour: "red" });

  const { items, as_of, stale } = await client.tickets.list({ status: ["open"], has_note: true, limit: 10 });
  expectTypeOf(items[0]).toEqualTypeOf<Ticket | undefined>();
  expectTypeOf(items[0]?.waiting_since).toEqualTypeOf<string | null | undefined>();
  expectTypeOf(as_of).toEqualTypeOf<string>();
  expectTypeOf(stale).toEqualTypeOf<string[] | undefined>();
  for await (const ticket of client.tickets.list()) expectTypeOf(ticket).toEqualTypeOf<Ticket>();
  // @ts-expect-error there is no such status
  client.tickets.list({ status: ["opened"] });
  // @ts-expect-error there is no such filter
  client.tickets.list({ colour: "red" });
  // @ts-expect-error it is yes or no
  client.tickets.list({ has_note: "yes" });

  const { by_priority, by_assignee, oldest_waiting } = await client.tickets.stats({ latest: true });
  expectTypeOf(by_priority.urgent.open).toEqualTypeOf<number>();
  expectTypeOf(by_assignee[0]?.assignee_id).toEqualTypeOf<string | null | undefined>();
  for await (const { next_cursor } of client.tickets.stats({ limit: 10 }).pages()) {
    expectTypeOf(next_cursor).toEqualTypeOf<string | null>();
  }
  expectTypeOf(oldest_waiting).toEqualTypeOf<{ id: string; since: string } | null>();

  expectTypeOf(await client.tickets.get("id")).toEqualTypeOf<TicketDetails>();
  for await (const entry of client.tickets.conversation("id")) {
    expectTypeOf(entry.kind).toEqualTypeOf<"message" | "note">();
  }
  for await (const event of client.tickets.events("id")) expectTypeOf(event.recorded_at).toEqualTypeOf<string>();

  for await (const event of client.events.list({ types: ["ticket.created"] })) {
    expectTypeOf(event.ticket_id).toEqualTypeOf<string>();
  }
  expectTypeOf((await client.events.list({ after: "latest" })).next_cursor).toEqualTypeOf<string>();
  // @ts-expect-error there is no such event
  client.events.list({ types: ["ticket.opened"] });

  expectTypeOf(await client.tickets.changeStatus("id", { new_status: "closed" })).toEqualTypeOf<{
    id: string;
    version: number;
  }>();
  // @ts-expect-error there is no such status
  client.tickets.changeStatus("id", { new_status: "shut" });
  client.tickets.assign("id", { assignee_id: null });
  // @ts-expect-error there is no such priority
  client.tickets.setPriority("id", { priority: "higher" });
  // @ts-expect-error it is a list
  client.tickets.setTags("id", { tags: "billing" });
  // @ts-expect-error a note is not a message
  client.tickets.addMessage("id", { note: "n" });
  // @ts-expect-error a version is a number
  client.tickets.addNote("id", { note: "n" }, { ifMatch: '"v3"' });
  const { results } = await client.tickets.bulk(["id"], { type: "SetPriority", priority: "high" });
  for (const result of results) {
    if (result.status === 200) expectTypeOf(result.version).toEqualTypeOf<number>();
    else expectTypeOf(result.problem.type).toEqualTypeOf<string>();
  }
  // @ts-expect-error a note has no priority
  client.tickets.bulk(["id"], { type: "AddAgentNote", priority: "high" });
  expectTypeOf((await client.tickets.import([])).taken).toEqualTypeOf<number>();

  const { key, role } = await client.keys.create({ name: "n", role: "agent" });
  expectTypeOf(key).toEqualTypeOf<string>();
  expectTypeOf(role).toEqualTypeOf<"agent" | "admin">();
  // @ts-expect-error nobody makes a root key
  client.keys.create({ name: "n", role: "root" });
  expectTypeOf((await client.keys.list()).items[0]).toEqualTypeOf<Key | undefined>();
  expectTypeOf(await client.keys.revoke("id")).toEqualTypeOf<undefined>();

  expectTypeOf((await client.projections.status()).backlog.count).toEqualTypeOf<number>();
  expectTypeOf((await client.projections.startRebuild()).state).toEqualTypeOf<
    "idle" | "running" | "verifying" | "finished" | "cancelled"
  >();
  expectTypeOf(await client.projections.metrics()).toEqualTypeOf<string>();

  const answer = await client.api.tickets.$get({ query: { limit: 5 } });
  expectTypeOf((await answer.json()).as_of).toEqualTypeOf<string>();
  // @ts-expect-error there is no such route
  client.api.ticket.$get();
}

/** The type of a problem is one of those that the service knows. */
export function problems(problem: EdgedeskProblem): void {
  expectTypeOf<"ticket-closed">().toExtend<EdgedeskProblem["type"]>();
  // @ts-expect-error there is no such problem
  if (problem.type === "ticket-shut") return;
}
