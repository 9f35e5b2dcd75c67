import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ticketOf } from "../../src/commands/event-store.ts";
import type { TicketFact } from "../../src/domain/events.ts";
import { evolve, type Ticket } from "../../src/domain/ticket.ts";
import type { ticketEvents, tickets } from "../../src/platform/tables/source.ts";
import { refused } from "../http/problem.ts";
import { type Accepted, answered, service } from "../service.ts";

type EventRow = typeof ticketEvents.$inferSelect;
type TicketRow = typeof tickets.$inferSelect;

const desk = service();

async function eventsOf(id: string): Promise<EventRow[]> {
  const query = env.DB.prepare("SELECT * FROM ticket_events WHERE ticket_id = ? ORDER BY version").bind(id);
  return (await query.all<EventRow>()).results;
}

/** The ticket that its events tell of. */
function fold(events: readonly EventRow[]): Ticket | undefined {
  return events.reduce<Ticket | undefined>((ticket, { type, body, data, ...event }) => {
    const fact: TicketFact = { type, ...JSON.parse(data), ...(body !== null && { body }) };
    return evolve(ticket, { ...event, fact });
  }, undefined);
}

/** Holds the row of a ticket to its events. */
async function rowIsFold(id: string): Promise<EventRow[]> {
  const row = await env.DB.prepare("SELECT * FROM tickets WHERE id = ?").bind(id).first<TicketRow>();
  const events = await eventsOf(id);
  expect(row && ticketOf(row)).toEqual(fold(events));
  expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  return events;
}

/** Sends all of them at once. */
async function atOnce(id: string, commands: readonly (readonly [path: string, body: Record<string, unknown>])[]) {
  return await Promise.all(commands.map(([path, body]) => desk.post(`/tickets/${id}/${path}`, body)));
}

test("of 16 notes at once each is recorded once or refused as late, and who repeats it gets it in", async () => {
  const { id } = await desk.create();
  const taken = new Map<number, string>();
  let notes = Array.from({ length: 16 }, (_, index) => `Note ${index}`);
  for (let rounds = 0; notes.length > 0; rounds++) {
    expect(rounds).toBeLessThan(16);
    const sent = notes;
    const commands = sent.map((note) => ["notes", { note }] as const);
    notes = [];
    for (const [index, answer] of (await atOnce(id, commands)).entries()) {
      const note = sent[index] ?? "";
      if (answer.ok) {
        taken.set((await answered<Accepted>(answer, 200)).version, note);
      } else {
        await refused(answer, 409, "concurrent-change");
        notes.push(note);
      }
    }
    const [, ...events] = await rowIsFold(id);
    const recorded = [...taken].toSorted(([one], [other]) => one - other);
    expect(events.map(({ version, body }) => [version, body])).toEqual(recorded);
  }
  expect(taken.size).toBe(16);
});

test("a message that loses the race against the closing of its ticket is refused by the rule", async () => {
  for (let times = 0; times < 10; times++) {
    const { id } = await desk.create();
    const close = ["status", { new_status: "closed" }] as const;
    const message = ["messages", { body: "One more thing", from: "customer" }] as const;
    const [closed, said] = times % 2 === 0 ? [0, 1] : [1, 0];
    const answers = await atOnce(id, times % 2 === 0 ? [close, message] : [message, close]);
    expect(answers[closed]?.status).toBe(200);
    const types = (await rowIsFold(id)).map(({ type }) => type);
    if (answers[said]?.status === 200) {
      expect(types).toEqual(["ticket.created", "message.added", "status.updated"]);
    } else {
      expect(types).toEqual(["ticket.created", "status.updated"]);
      await refused(answers[said] ?? Response.error(), 409, "ticket-closed");
    }
  }
});

test("of four who take a ticket at once each has had it or is refused, and the last one has it", async () => {
  const { id } = await desk.create();
  const answers = await atOnce(
    id,
    ["ada", "ben", "cem", "dee"].map((assignee_id) => ["assignee", { assignee_id }] as const),
  );
  for (const answer of answers.filter(({ ok }) => !ok)) await refused(answer, 409, "concurrent-change");
  const [, ...events] = await rowIsFold(id);
  expect(events).toHaveLength(answers.filter(({ ok }) => ok).length);
  // Each is told who had it before.
  const chain = events.map(({ data }) => JSON.parse(data));
  const had = [null, ...chain.map(({ assignee_id }) => assignee_id)];
  expect(chain.map(({ previous_assignee_id }) => previous_assignee_id)).toEqual(had.slice(0, -1));
});

test("of creates at once with one external_id, one makes the ticket, and the others are told which", async () => {
  const ticket = { customer_id: "cus-1", subject: "A question", message: "How does it work?", external_id: "crm-1" };
  const answers = await Promise.all(Array.from({ length: 4 }, () => desk.post("/tickets", ticket)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([201, 409, 409, 409]);
  const winner = statuses.indexOf(201);
  const { id } = await answered<Accepted>(answers[winner] ?? Response.error(), 201);
  for (const answer of answers.filter((_, index) => index !== winner)) {
    const { problem, fields } = await refused(answer, 409, "external-id-taken");
    expect(fields).toEqual(["/external_id"]);
    expect(problem.detail).toContain(id);
  }
  const count = env.DB.prepare("SELECT count(*) AS tickets FROM tickets WHERE external_id = 'crm-1'");
  expect(await count.first()).toEqual({ tickets: 1 });
  expect(await rowIsFold(id)).toHaveLength(1);
});

test("after any commands, some at once and on any clock, each ticket is the fold of its events", async () => {
  const commands = fc.oneof(
    fc.constantFrom("open", "pending", "resolved", "closed").map((new_status) => ["status", { new_status }] as const),
    fc.string({ minLength: 1, maxLength: 5 }).map((text) => ["notes", { note: `${text}.` }] as const),
    fc.constantFrom("customer", "agent").map((from) => ["messages", { body: "Hello", from }] as const),
    fc.constantFrom("ada", "ben", null).map((assignee_id) => ["assignee", { assignee_id }] as const),
    fc.constantFrom("low", "normal", "urgent").map((priority) => ["priority", { priority }] as const),
    fc.subarray(["a", "b"]).map((tags) => ["tags", { tags }] as const),
  );
  const step = fc.record({
    ticket: fc.nat(2),
    commands: fc.array(commands, { minLength: 1, maxLength: 3 }),
    // The clock of a Worker may jump back.
    passed: fc.integer({ min: -5000, max: 10_000 }),
  });
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
    const ids = [(await desk.create()).id, (await desk.create({ tags: ["a"] })).id, (await desk.create()).id];
    const accepted = new Map(ids.map((id) => [id, 1]));
    for (const { ticket, commands, passed } of steps) {
      desk.time.now += passed;
      const id = ids[ticket] ?? "";
      for (const answer of await atOnce(id, commands)) {
        expect([200, 409]).toContain(answer.status);
        if (!answer.ok) continue;
        const { version } = await answer.json<Accepted>();
        accepted.set(id, Math.max(accepted.get(id) ?? 0, version));
      }
    }
    for (const id of ids) {
      const events = await rowIsFold(id);
      expect(events).toHaveLength(accepted.get(id) ?? 0);
      const behind = env.DB.prepare("SELECT version, first_seq FROM projection_backlog WHERE ticket_id = ?").bind(id);
      expect(await behind.first()).toEqual({ version: events.length, first_seq: events[0]?.seq });
    }
    // Over all tickets: the database's own clock, whatever those of the Workers do.
    const log = await env.DB.prepare("SELECT recorded_at FROM ticket_events ORDER BY seq").all<EventRow>();
    const recorded = log.results.map(({ recorded_at }) => recorded_at);
    expect(recorded).toEqual(recorded.toSorted((one, other) => one - other));
  });
  await fc.assert(property, { seed: 20_261_123, numRuns: 15 });
});
