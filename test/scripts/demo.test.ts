import { describe, expect, test } from "vitest";
import { demoTickets, followUp, type ImportLine } from "../../scripts/demo/tickets.ts";

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const tickets = demoTickets(NOW);
const entries = (ticket: ImportLine) => [...ticket.messages, ...ticket.notes];

/** By the rule of the service: a customer's message after `pending` or `resolved` opens the ticket again. */
function isReopened({ status, status_at = 0, messages }: ImportLine): boolean {
  const waits = status === "pending" || status === "resolved";
  return waits && messages.some(({ from, created_at }) => from === "customer" && created_at > status_at);
}

const statusOf = (ticket: ImportLine) => (isReopened(ticket) ? "open" : (ticket.status ?? "open"));
const count = (holds: (ticket: ImportLine) => boolean) => tickets.filter(holds).length;

describe("the demo tickets", () => {
  test("are at least 64, in at least ten languages", () => {
    expect(tickets.length).toBeGreaterThanOrEqual(64);
    expect(new Set(tickets.map(({ tags }) => tags.at(-1))).size).toBeGreaterThanOrEqual(10);
  });

  test("have all statuses and priorities, so that every list shows something", () => {
    for (const status of ["open", "pending", "resolved", "closed"]) {
      expect(
        count((ticket) => statusOf(ticket) === status),
        status,
      ).toBeGreaterThanOrEqual(10);
    }
    const priorities = tickets.map(({ priority }) => priority ?? "normal");
    expect(new Set(priorities)).toEqual(new Set(["low", "normal", "high", "urgent"]));
  });

  test("have notes, reopenings, unanswered questions and returning customers", () => {
    expect(count(({ notes }) => notes.length > 0)).toBeGreaterThanOrEqual(10);
    expect(count(({ notes }) => notes.length > 1)).toBeGreaterThanOrEqual(1);
    expect(count(isReopened)).toBeGreaterThanOrEqual(1);
    expect(count(({ messages }) => messages.length === 0)).toBeGreaterThanOrEqual(5);
    expect(new Set(tickets.map(({ customer_id }) => customer_id)).size).toBeLessThan(tickets.length);
  });

  test("are assigned or not, answered or not, so that there is work to do", () => {
    const isOpen = (ticket: ImportLine) => ["open", "pending"].includes(statusOf(ticket));
    const isUnreplied = ({ messages }: ImportLine) => !messages.some(({ from }) => from === "agent");
    const waits = (ticket: ImportLine) => isOpen(ticket) && (ticket.messages.at(-1)?.from ?? "customer") === "customer";
    expect(count((ticket) => ticket.assignee_id === null && waits(ticket))).toBeGreaterThanOrEqual(5);
    expect(count((ticket) => ticket.assignee_id === null && !isUnreplied(ticket))).toBeGreaterThanOrEqual(2);
    expect(count((ticket) => ticket.assignee_id !== null && isUnreplied(ticket))).toBeGreaterThanOrEqual(2);
    for (const agent of new Set(tickets.flatMap(({ assignee_id }) => assignee_id ?? []))) {
      expect(
        count((ticket) => ticket.assignee_id === agent && isOpen(ticket)),
        agent,
      ).toBeGreaterThanOrEqual(2);
    }
  });

  test("end with a follow-up of a closed ticket of the same customer", () => {
    const followed = tickets.find(({ external_id }) => external_id === followUp.of);
    expect(followed).toMatchObject({ status: "closed", customer_id: followUp.ticket.customer_id });
  });

  test("have short, long and decorated messages in many scripts", () => {
    const all = tickets.flatMap(({ message, messages }) => [message, ...messages.map(({ body }) => body)]);
    const some = (holds: (text: string) => boolean) => all.some(holds);
    expect(some((text) => text.length < 30)).toBe(true);
    expect(some((text) => text.length > 400 && text.includes("\n"))).toBe(true);
    const kinds = ["Latin", "Cyrillic", "Greek", "Arabic", "Devanagari", "Thai", "Han", "Hiragana", "Hangul"];
    for (const script of kinds) {
      const letter = new RegExp(`\\p{Script=${script}}`, "u");
      expect(some((text) => letter.test(text)) || count(({ subject }) => letter.test(subject)) > 0, script).toBe(true);
    }
    expect(some((text) => /\p{Extended_Pictographic}/u.test(text))).toBe(true);
  });

  test("are the same each time, so that importing them again changes nothing", () => {
    const ids = tickets.map(({ external_id }) => external_id);
    expect(ids).toEqual(tickets.map((_, index) => `demo-${`${index + 1}`.padStart(3, "0")}`));
    const later = demoTickets(NOW + 1_000).map((ticket) => ({ ...ticket, at: ticket.created_at - 1_000 }));
    expect(later.map(({ external_id, message, at }) => [external_id, message, at])).toEqual(
      tickets.map(({ external_id, message, created_at }) => [external_id, message, created_at]),
    );
  });

  test.each(tickets.map((ticket) => [ticket.external_id, ticket] as const))("%s can be imported", (_, ticket) => {
    const { subject, message, customer_id, tags, created_at, messages } = ticket;
    for (const text of [subject, message, customer_id, ...tags]) expect(text).toBe(text.trim());
    for (const text of [subject, message, customer_id, ...tags]) expect(text).not.toBe("");
    expect([...subject].length).toBeLessThanOrEqual(500);
    expect(tags.length).toBeLessThanOrEqual(20);
    for (const tag of tags) expect([...tag].length).toBeLessThanOrEqual(50);

    const times = entries(ticket).map((entry) => entry.created_at);
    for (const time of [...times, ticket.status_at ?? created_at]) {
      expect(time).toBeGreaterThanOrEqual(created_at);
      expect(time).toBeLessThanOrEqual(NOW);
    }
    const told = messages.map((entry) => entry.created_at);
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    if (ticket.status === "closed") expect(Math.max(created_at, ...times)).toBeLessThanOrEqual(ticket.status_at ?? 0);
  });

  test("have ages from minutes to weeks, and no two changed at the same moment", () => {
    const changes = tickets.map((ticket) =>
      Math.max(ticket.created_at, ticket.status_at ?? 0, ...entries(ticket).map(({ created_at }) => created_at)),
    );
    expect(NOW - Math.max(...changes)).toBeLessThan(60 * 60_000);
    expect(NOW - Math.min(...changes)).toBeGreaterThan(14 * 24 * 60 * 60_000);
    expect(new Set(changes).size).toBe(tickets.length);
  });

  test("fit into one request", () => {
    const bytes = Buffer.byteLength(tickets.map((ticket) => JSON.stringify(ticket)).join("\n"));
    expect(bytes).toBeLessThan(8_000_000);
  });
});
