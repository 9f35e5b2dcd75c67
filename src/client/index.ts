import { hc } from "hono/client";
import type { Api, Service } from "../http/types.ts";
import { customers } from "./customers.ts";
import { events } from "./events.ts";
import { keys } from "./keys.ts";
import { projections } from "./projections.ts";
import { ReaderToken } from "./reader-token.ts";
import { tickets } from "./tickets.ts";
import { fetchThrough, type KeySource } from "./transport.ts";

export type {
  FeedQuery,
  ImportedTicket,
  Key,
  KeyQuery,
  PageQuery,
  PartError,
  ProblemCode,
  StatsQuery,
  Ticket,
  TicketDetails,
  TicketQuery,
} from "../http/types.ts";
export { EdgedeskError, EdgedeskProblem, KeyNotShown, NoAnswer, UnexpectedAnswer } from "./errors.ts";
export type { CallOptions, ChangeOptions, ListOptions, WriteOptions } from "./options.ts";
export type { Listing, Page, Paged } from "./pages.ts";
export type { KeySource } from "./transport.ts";

/** How a client reaches the service, and how patient it is. */
export interface ClientOptions {
  /** Where the service is, such as `https://edgedesk.example.workers.dev`. */
  readonly url: string;
  /** The key, or a function that gives the one of the moment: it is asked before each try. */
  readonly key: KeySource;
  /** The `token` of another client: what that one had written and seen, this one sees too. */
  readonly token?: string | undefined;
  /** Instead of the global `fetch`: a service binding's, or a test's. */
  readonly fetch?: typeof fetch | undefined;
  /** Tries after the first one, at the most; 5 without it. */
  readonly retries?: number | undefined;
  /** Milliseconds after which no further try begins; 60,000 without it. */
  readonly patienceMs?: number | undefined;
  /** Milliseconds that one try may take, which includes what a list waits; 30,000 without it. */
  readonly timeoutMs?: number | undefined;
}

/** A client of Edgedesk. */
export interface Client {
  readonly tickets: ReturnType<typeof tickets>;
  readonly customers: ReturnType<typeof customers>;
  readonly events: ReturnType<typeof events>;
  readonly keys: ReturnType<typeof keys>;
  readonly projections: ReturnType<typeof projections>;
  /** Every route as hono's client has it, also one that has no name here yet; with all that the methods above have. */
  readonly api: Api;
  /** What this client has written and seen, for the `token` of another one; undefined while that is nothing. */
  readonly token: string | undefined;
}

/**
 * A client of one Edgedesk with one key. It tries again where that helps and is safe, sees its own writes, walks through pages, and
 * throws {@link EdgedeskProblem} where the service says no.
 *
 * @example
 * const edgedesk = createClient({ url: "https://edgedesk.example.workers.dev", key: "edk_…" });
 * const { id } = await edgedesk.tickets.create({ customer_id: "cus_4711", subject: "Hello", message: "…" });
 * for await (const ticket of edgedesk.tickets.list({ customer_id: "cus_4711" })) console.log(ticket.subject);
 */
export function createClient({
  url,
  key,
  token,
  fetch = (input, init) => globalThis.fetch(input, init),
  retries = 5,
  patienceMs = 60_000,
  timeoutMs = 30_000,
}: ClientOptions): Client {
  const seen = new ReaderToken(token);
  const api = hc<Service>(new URL(url).href, {
    fetch: fetchThrough({ key, fetch, retries, patienceMs, timeoutMs, seen }),
  });
  return {
    tickets: tickets(api),
    customers: customers(api),
    events: events(api),
    keys: keys(api),
    projections: projections(api),
    api,
    get token() {
      return seen.text;
    },
  };
}
