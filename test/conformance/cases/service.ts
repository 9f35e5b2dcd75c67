import { expect, test } from "vitest";
import { append, type Change, loadTicket, ticketOf } from "../../../src/commands/event-store.ts";
import { decide } from "../../../src/domain/decide.ts";
import type { TicketEvent } from "../../../src/domain/events.ts";
import { evolve } from "../../../src/domain/ticket.ts";
import { Database, type Statement, UniqueViolation } from "../../../src/platform/database.ts";
import { advanceBacklog, backlogFigures, claimOverdue, clearBacklog } from "../../../src/projection/core/backlog.ts";
import { rowWriter, ticketRefs, versionOf } from "../../../src/projection/core/projection.ts";
import { ticketList } from "../../../src/projection/read-models/ticket-list/ticket-list.ts";
import type { OpenDatabase } from "../suite.ts";
import { desk, type ListPage } from "./desk.ts";
import { rows } from "./tools.ts";

const NOW = Date.UTC(2026, 10, 23);

/** Statements of `src/` one by one, for what they change; then all of them by the service's doors. */
export function serviceCases(open: OpenDatabase): void {
  test("append: events, tickets, backlog and clock are as the changes say", async () => {
    const db = await open();
    const one = created("one", { external_id: "e-1", tags: ["a", 'é "'] });
    const two = noted(created("two"), "new");
    await run(db, ...append([one, two], NOW));
    for (const { ticket } of [one, two]) {
      expect((await typed(db, loadTicket("w", ticket.id))).map(ticketOf)).toEqual([ticket]);
    }
    expect(
      await rows(db, "SELECT seq, ticket_id, version, type, body, typeof(recorded_at) AS at FROM ticket_events"),
    ).toEqual([
      { seq: 1, ticket_id: "one", version: 1, type: "ticket.created", body: "How? 😀", at: "integer" },
      { seq: 2, ticket_id: "two", version: 1, type: "ticket.created", body: "How? 😀", at: "integer" },
      { seq: 3, ticket_id: "two", version: 2, type: "note.added", body: "n", at: "integer" },
    ]);
    expect(await rows(db, "SELECT ticket_id, version, first_seq, first_recorded_at FROM projection_backlog")).toEqual([
      { ticket_id: "one", version: 1, first_seq: 1, first_recorded_at: NOW },
      { ticket_id: "two", version: 2, first_seq: 2, first_recorded_at: NOW },
    ]);
    expect(await rows(db, "SELECT at FROM db_clock")).toEqual([{ at: NOW }]);
  });

  test("append: a rival's version, or its external_id, undoes the whole batch", async () => {
    const db = await open();
    const session = new Database(db).session("first-primary");
    await session.batch(...append([created("one", { external_id: "e-1" })], NOW));
    const rival = session.batch(...append([created("two"), created("one")], NOW + 1));
    await expect(rival).rejects.toSatisfy((error) => error instanceof UniqueViolation && error.isOn("ticket_events"));
    const taken = session.batch(...append([created("three", { external_id: "e-1" })], NOW + 1));
    await expect(taken).rejects.toSatisfy((error) => error instanceof UniqueViolation && error.isOn("tickets"));
    expect(await rows(db, "SELECT id FROM tickets")).toEqual([{ id: "one" }]);
    expect(await rows(db, "SELECT at FROM db_clock")).toEqual([{ at: NOW }]);
  });

  test("the row writer: newer or different content is written, a repeat or an older row is not", async () => {
    const db = await open();
    const first = created("one");
    await run(db, ...append([first, created("two")], NOW));
    const write = rowWriter(ticketList);
    /** Which rows are other ones afterwards, by the numbers of their versions and subjects. */
    const changed = async (list: readonly ReturnType<typeof ticketList.project>[], writer = write) => {
      const look = () => rows(db, "SELECT id, version, subject FROM read_tickets ORDER BY id");
      const before = new Set((await look()).map((row) => JSON.stringify(row)));
      await run(db, ...writer(list));
      return (await look()).filter((row) => !before.has(JSON.stringify(row))).length;
    };
    const project = async () => {
      const refs = ["one", "two", "none"].map((ticket_id) => ({ workspace_id: "w", ticket_id }));
      return (await typed(db, ticketList.load(ticketRefs(refs)))).map(ticketList.project);
    };
    const before = await project();
    expect(before).toHaveLength(2);
    expect(await changed(before)).toBe(2);
    expect(await changed(before)).toBe(0);
    await run(db, ...append([noted(first, "recorded")], NOW));
    expect(await changed(await project())).toBe(1);
    expect(await changed(before)).toBe(0);
    expect(await changed(before.map((row) => ({ ...row, version: 2, assignee_id: null, subject: "other" })))).toBe(2);
    expect(
      await changed(
        before.map((row) => ({ ...row, version: 2 })),
        rowWriter({ ...ticketList, projector: 0 }),
      ),
    ).toBe(0);
    expect(await rows(db, "SELECT count(*) AS n FROM read_tickets WHERE subject = 'other'")).toEqual([{ n: 2 }]);
  });

  test("the backlog is claimed when due, moved on by what is projected, and cleared", async () => {
    const db = await open();
    const first = created("one");
    await run(db, ...append([first, created("two")], NOW));
    const later = NOW + 60_000;
    const [none, claimed, again] = await run(
      db,
      claimOverdue(NOW, 5, 0),
      claimOverdue(later, 5, 0),
      claimOverdue(later, 5, 0),
    );
    expect(none?.results).toEqual([]);
    expect(claimed?.results).toEqual([
      { workspace_id: "w", ticket_id: "one", version: 1, sweeps: 1 },
      { workspace_id: "w", ticket_id: "two", version: 1, sweeps: 1 },
    ]);
    expect(again?.results).toEqual([]);
    const refs = ["one", "two"].map((ticket_id) => ({ workspace_id: "w", ticket_id }));
    const list = (await typed(db, ticketList.load(ticketRefs(refs)))).map(ticketList.project);
    await run(db, ...append([noted(first, "recorded")], NOW + 1));
    const results = await run(
      db,
      ...rowWriter(ticketList)(list),
      clearBacklog(list.map(versionOf)),
      advanceBacklog(refs, "read_tickets"),
      backlogFigures(),
    );
    expect(results.at(-2)?.meta.changes).toBe(1);
    expect(results.at(-1)?.results).toMatchObject([{ count: 1, oldest: NOW + 1, now: NOW + 1, dead_letters: 0 }]);
    expect(await rows(db, "SELECT ticket_id, version, first_seq FROM projection_backlog")).toEqual([
      { ticket_id: "one", version: 2, first_seq: 3 },
    ]);
  });

  test("commands, repeats, messages and lists, by HTTP, queue and cron", async () => {
    const service = desk(await open());
    const { id } = await service.post("/tickets", 201, { customer_id: "c", subject: "s", message: "m", tags: ["t"] });
    await service.post("/tickets", 201, { customer_id: "d", subject: "s2", message: "m2", external_id: "x" });
    await service.post("/tickets", 409, { customer_id: "d", subject: "s2", message: "m2", external_id: "x" });
    const keyed = { "Idempotency-Key": "k-1" };
    const noted = await service.post(`/tickets/${id}/notes`, 200, { note: "n" }, keyed);
    expect(await service.post(`/tickets/${id}/notes`, 200, { note: "n" }, keyed)).toEqual(noted);
    await service.post(`/tickets/${id}/notes`, 422, { note: "another" }, keyed);
    await service.post(`/tickets/${id}/messages`, 200, { body: "hello", from: "agent" }, { "If-Match": '"v2"' });
    await service.post(`/tickets/${id}/status`, 412, { new_status: "closed" }, { "If-Match": '"v2"' });
    await service.post(`/tickets/${id}/status`, 200, { new_status: "pending" });
    await service.post(`/tickets/${id}/assignee`, 200, { assignee_id: "ada" });
    await service.post(`/tickets/${id}/priority`, 200, { priority: "high" });
    await service.post(`/tickets/${id}/tags`, 200, { tags: ["t", "é"] });

    expect(await service.get<ListPage>("/tickets")).toMatchObject({ items: [] });
    expect(await service.get("/projections")).toMatchObject({ backlog: { count: 2 } });
    await service.deliver([{ nonsense: true }, { workspace_id: "default", ticket_id: id, version: 7 }]);
    await service.deliver([{ workspace_id: "default", ticket_id: id, version: 1 }]);
    expect((await service.get<ListPage>("/tickets")).items).toMatchObject([
      { version: 7, assignee_id: "ada", priority: "high", tags: ["t", "é"] },
    ]);
    expect(await service.get("/projections/dead-letters")).toMatchObject({ items: [{ message_id: "message-0" }] });
    service.time.now += 3_600_000;
    await service.sweep();
    await service.deliver(service.sent.splice(0));
    expect(await service.get("/projections")).toMatchObject({ backlog: { count: 0 } });

    const line = JSON.stringify({ external_id: "i", customer_id: "c", subject: "old", message: "m", created_at: 5 });
    await service.post("/tickets/import", 200, `${line}\n`, { "Content-Type": "application/x-ndjson" });
    const all = await service.get<ListPage>("/tickets", { "Consistency-Token": "latest" });
    expect(all.items.map(({ subject }) => subject)).toEqual(["s", "s2", "old"]);
    const first = await service.get<ListPage>(
      "/tickets?limit=1&status=open&status=pending&has_note=true&customer_id=c",
    );
    expect(first.items).toMatchObject([
      { id, version: 7, status: "pending", has_note: true, note_count: 1, preview: "hello" },
    ]);
    const page = await service.get<ListPage>("/tickets?limit=2");
    const rest = await service.get<ListPage>(`/tickets?limit=2&cursor=${page.next_cursor}`);
    expect([...page.items, ...rest.items]).toEqual(all.items);
    expect(await service.get(`/tickets/${id}`)).toMatchObject({
      version: 7,
      message: "m",
      agent_note: "n",
      tags: ["t", "é"],
    });
    expect(await service.get(`/tickets/${id}/events?limit=3`)).toMatchObject({
      items: [{ version: 1 }, { version: 2 }, { version: 3 }],
    });
  });

  test("a ticket that cannot be projected is parked, named, and retried", async () => {
    const service = desk(await open());
    const { id } = await service.post("/tickets", 201, { customer_id: "c", subject: "poison", message: "m" });
    await service.post("/tickets", 201, { customer_id: "c", subject: "fine", message: "m" });
    service.poison.add(id);
    const bodies = service.sent.splice(0);
    for (let tries = 0; tries < 5; tries++) await service.deliver(bodies);
    expect(await service.get("/projections/parked")).toMatchObject({
      total: 1,
      items: [{ ticket_id: id, attempts: 5 }],
    });
    const list = await service.get<ListPage>("/tickets", { "Consistency-Token": "latest" });
    expect(list).toMatchObject({ items: [{ subject: "fine" }], stale: [id] });
    service.poison.clear();
    await service.post(`/projections/parked/${id}/retry`, 200);
    expect(await service.get("/projections/parked")).toMatchObject({ total: 0, items: [] });
    expect((await service.get<ListPage>("/tickets")).items).toHaveLength(2);
  });
}

async function run(db: D1Database, ...statements: Statement[]): Promise<D1Result[]> {
  return await db.batch(statements.map(({ sql, params }) => db.prepare(sql).bind(...params)));
}

async function typed<Row>(db: D1Database, statement: Statement<Row>): Promise<Row[]> {
  const [result] = await new Database(db).session("first-primary").batch(statement);
  return result;
}

function created(id: string, fields: { external_id?: string; tags?: string[] } = {}): Change {
  const command = { customer_id: "c", subject: "s", message: "How? 😀", priority: "normal", ...fields } as const;
  const fact = decide(undefined, { type: "CreateTicket", external_id: null, tags: [], follow_up_of: null, ...command });
  return then(undefined, { ...event(id, 1), fact });
}

/** A note on the ticket; with the events before it, where they are not recorded yet. */
function noted({ ticket, events }: Change, recorded: "recorded" | "new"): Change {
  const next = then(ticket, { ...event(ticket.id, 2), fact: { type: "note.added", body: "n" } });
  return recorded === "recorded" ? next : { ...next, events: [...events, ...next.events] };
}

function then(ticket: Change["ticket"] | undefined, next: TicketEvent): Change {
  return { ticket: evolve(ticket, next), events: [next] };
}

function event(ticketId: string, version: number) {
  const event_id = `${ticketId}-${version}`;
  return { workspace_id: "w", ticket_id: ticketId, version, event_id, agent_id: null, occurred_at: NOW - 5 };
}
