import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { desk } from "../../conformance/cases/desk.ts";
import { random } from "../../oracle/lines.ts";
import { headOf, type Line, storyOf } from "../../oracle/ticket-list.ts";
import { type Ticket, ticketOf } from "../../oracle/views.ts";
import { SimulatedD1 } from "../d1.ts";
import type { Story } from "./story.ts";

const FILE = join(import.meta.dirname, "../../../../shared/data/support-tickets-2023.jsonl.gz");

/** Whether the real tickets are there. They are no part of the project: people can be named in them. */
export const HAS_REAL_DATA = existsSync(FILE);

/** How many there are. */
export const REAL_TICKETS = 12_347;

/** Of the order in which the queue delivers. */
const SEED = 3;

/** What one request may have. */
const LINES_A_REQUEST = 3_000;

/** A page of the list as it came. */
export interface Page {
  readonly items: readonly { readonly id: string; readonly external_id: string | null }[];
  readonly next_cursor: string | null;
}

/** What became of an import. */
interface Imported {
  readonly taken: number;
  readonly refused: readonly unknown[];
}

/** The service with all real tickets, and what each of them has gone through. */
export interface RealDesk {
  readonly service: ReturnType<typeof desk>;
  readonly stories: readonly Story[];
}

/** Imports the real tickets by the door, and delivers what the queue was sent. */
export async function openRealDesk(): Promise<RealDesk> {
  // Lists ask the nearest replica, which answers at once here.
  const service = desk(new SimulatedD1());
  const texts = gunzipSync(readFileSync(FILE)).toString("utf8").trimEnd().split("\n");
  for (let start = 0; start < texts.length; start += LINES_A_REQUEST) {
    const body = texts.slice(start, start + LINES_A_REQUEST).join("\n");
    const answer = await service.post<Imported>("/tickets/import", 200, body, {
      "Content-Type": "application/x-ndjson",
    });
    if (answer.refused.length > 0) throw new Error(`refused: ${JSON.stringify(answer.refused)}`);
  }
  await deliverAll(service);
  const ids = await idsOf(service);
  const lines: Line[] = texts.map((text) => JSON.parse(text));
  const stories = lines.map((line) => ({
    id: ids.get(line.external_id) ?? "missing",
    head: headOf(line),
    moments: storyOf(line),
    status: "open",
  }));
  return { service, stories };
}

/** Gives the consumer all that waits in the queue, in no order, as queues do: rows are then not in the order of their ids. */
export async function deliverAll(service: RealDesk["service"]): Promise<void> {
  const next = random(SEED);
  const messages = service.sent
    .splice(0)
    .map((message) => ({ message, place: next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ message }) => message);
  while (messages.length > 0) await service.deliver(messages.splice(0, 100));
  // What the consumer itself sends.
  if (service.sent.length > 0) await deliverAll(service);
}

/** Only ids come from the service: what a ticket shows comes from the file. */
async function idsOf(service: RealDesk["service"]): Promise<Map<string | null, string>> {
  const ids = new Map<string | null, string>();
  let cursor = "";
  do {
    const page = await service.get<Page>(`/tickets?limit=100${cursor}`);
    for (const { id, external_id } of page.items) ids.set(external_id, id);
    cursor = page.next_cursor === null ? "" : `&cursor=${encodeURIComponent(page.next_cursor)}`;
  } while (cursor !== "");
  return ids;
}

const computed = new WeakMap<Story, { readonly moments: number; readonly ticket: Ticket }>();

/** What lists must show of them now. */
export function ticketsNow(stories: readonly Story[]): Ticket[] {
  return stories.map((story) => {
    const before = computed.get(story);
    if (before?.moments === story.moments.length) return before.ticket;
    const ticket = ticketOf(story.head, story.moments, story.id);
    computed.set(story, { moments: story.moments.length, ticket });
    return ticket;
  });
}
