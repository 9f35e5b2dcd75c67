import { expect, test } from "vitest";
import { LANGUAGES, STATUSES, TOPICS } from "../../bench/data/measured.ts";
import { FILLED_AT, ticketAt, ticketsBetween } from "../../bench/data/tickets.ts";
import { importLineSchema } from "../../src/commands/import-line.ts";

const TICKETS = 10_000;
const tickets = [...ticketsBetween(0, TICKETS)];
const bodies = tickets.flatMap(({ message, messages }) => [message, ...messages.map(({ body }) => body)]);
const replies = tickets.flatMap(({ messages }) => messages);

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN;
}

function shareOf<Value>(values: readonly Value[], is: (value: Value) => boolean): number {
  return values.filter(is).length / values.length;
}

/** That a value is within 5 % of another. */
function isAbout(value: number, expected: number, tolerance = 0.05): void {
  expect(Math.abs(value / expected - 1), `${value} instead of ${expected}`).toBeLessThan(tolerance);
}

test("a number always gives the same ticket, whatever was asked for before", () => {
  expect(ticketAt(4_711)).toEqual(tickets[4_711]);
  expect(ticketAt(4_712)).not.toEqual(tickets[4_711]);
});

test("an import takes every one of them", () => {
  for (const ticket of tickets.slice(0, 500)) expect(importLineSchema.parse(ticket)).toEqual(ticket);
  expect(importLineSchema.safeParse(ticketAt(4_999)).success).toBe(true);
});

test("texts are as long as those of real questions and replies", () => {
  const lengths = bodies.map(({ length }) => length);
  isAbout(quantile(lengths, 0.5), 344);
  isAbout(quantile(lengths, 0.95), 1_289);
  expect(Math.max(...lengths)).toBe(200_000);
  isAbout(
    quantile(
      tickets.map(({ subject }) => subject.length),
      0.5,
    ),
    41,
  );
  isAbout(
    quantile(
      tickets.map(({ subject }) => subject.length),
      0.95,
    ),
    102,
    0.08,
  );
});

test("threads are as long, and the same people write in them", () => {
  isAbout(replies.length / TICKETS, 2.24);
  isAbout(
    shareOf(tickets, ({ messages }) => messages.length === 0),
    0.247,
  );
  isAbout(
    shareOf(replies, ({ from }) => from === "agent"),
    0.63,
  );
  isAbout(
    shareOf(tickets, ({ messages }) => messages.every(({ from }) => from === "customer")),
    0.285,
  );
  isAbout(new Set(tickets.map(({ customer_id }) => customer_id)).size / TICKETS, 0.81);
  const byAgent = Map.groupBy(
    replies.filter(({ from }) => from === "agent"),
    ({ agent_id }) => agent_id,
  );
  const most = Math.max(...[...byAgent.values()].map(({ length }) => length));
  isAbout(most / shareOf(replies, ({ from }) => from === "agent") / replies.length, 0.259, 0.1);
});

test("languages, topics and statuses have their shares", () => {
  for (const [place, share] of [...LANGUAGES.slice(0, 3).entries()]) {
    isAbout(
      shareOf(tickets, ({ tags: [language] }) => language === `language-${place}`),
      share,
      0.15,
    );
  }
  for (const [place, share] of [...TOPICS.slice(0, 4).entries()]) {
    isAbout(
      shareOf(tickets, ({ tags: [, topic] }) => topic === `topic-${place}`),
      share,
      0.1,
    );
  }
  isAbout(
    shareOf(tickets, ({ status }) => status === "closed"),
    STATUSES.closed,
  );
  isAbout(
    shareOf(tickets, ({ status }) => status === "resolved"),
    STATUSES.resolved,
    0.1,
  );
  isAbout(
    shareOf(tickets, ({ status }) => status === "open"),
    0.11,
    0.15,
  );
  expect(shareOf(tickets, ({ message }) => /\p{Script=Han}/u.test(message))).toBeGreaterThan(0.003);
});

test("a ticket has as many different words, and they are as long", () => {
  const texts = tickets.map(({ subject, message, messages }) =>
    [subject, message, ...messages.map(({ body }) => body)].join(" ").toLowerCase(),
  );
  const words = texts.map((text) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
  const different = words.map((all) => new Set(all).size);
  isAbout(quantile(different, 0.5), 89, 0.15);
  isAbout(different.reduce((sum, count) => sum + count, 0) / TICKETS, 121, 0.15);
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  isAbout(characters / words.reduce((sum, { length }) => sum + length, 0), 5.79);
  isAbout(new Set(words.flat()).size, 73_360, 0.3);
});

test("time goes on, and all of it is over when the databases are filled", () => {
  const times = tickets.map(({ created_at }) => created_at);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(times).size).toBe(TICKETS);
  const last = ticketAt(999_999);
  const latest = [last.created_at, last.status_at ?? 0, ...last.messages.map(({ created_at }) => created_at)];
  expect(Math.max(...latest)).toBeLessThan(FILLED_AT);
  for (const { created_at, status_at = created_at, messages, notes } of tickets) {
    const all = [...messages, ...notes].map((one) => one.created_at);
    expect(Math.max(created_at, ...all)).toBeLessThanOrEqual(FILLED_AT);
    expect(status_at).toBeGreaterThanOrEqual(created_at);
  }
});
