import { type ClientRequestOptions, type ClientResponse, parseResponse } from "hono/client";
import type { Api, BodyOf, ImportedTicket, PageQuery, StatsQuery, TicketQuery } from "../http/types.ts";
import {
  type CallOptions,
  type ChangeOptions,
  type ListOptions,
  requestOf,
  segment,
  type WriteOptions,
} from "./options.ts";
import { listing, paged } from "./pages.ts";

/** What one does with tickets. */
export function tickets({ tickets, stats }: Api) {
  const ticket = tickets[":id"];
  return {
    /** Creates a ticket. */
    create: (ticket: BodyOf<typeof tickets.$post>, options?: WriteOptions) =>
      parseResponse(tickets.$post({ json: ticket }, requestOf(options))),

    /**
     * The tickets, latest change first. What this client has written before is among them, or the problem is `not-yet-consistent`.
     *
     * @example
     * for await (const ticket of edgedesk.tickets.list({ status: ["open"] })) console.log(ticket.subject);
     * const { items, as_of } = await edgedesk.tickets.list({ limit: 10 });
     */
    list: ({ skip, ...query }: TicketQuery = {}, options?: ListOptions) =>
      listing((cursor) =>
        parseResponse(
          tickets.$get({ query: cursor === undefined ? { ...query, skip } : { ...query, cursor } }, requestOf(options)),
        ),
      ),

    /**
     * How many there are, by status, priority and assignee, how many wait, and which one longest. As fresh as the list.
     *
     * @example
     * const { waiting, oldest_waiting } = await edgedesk.tickets.stats();
     * for await (const { by_assignee } of edgedesk.tickets.stats().pages()) console.log(by_assignee);
     */
    stats: ({ limit, cursor, ...options }: StatsQuery & ListOptions = {}) =>
      paged((next = cursor) => parseResponse(stats.$get({ query: { limit, cursor: next } }, requestOf(options)))),

    /** One ticket, with the beginning of its conversation; never stale. */
    get: (id: string, query: PageQuery = {}, options?: CallOptions) =>
      parseResponse(ticket.$get({ param: { id: segment(id) }, query }, requestOf(options))),

    /** The messages and notes of a ticket, oldest first. */
    conversation: (id: string, query: PageQuery = {}, options?: CallOptions) =>
      listing(async (cursor = query.cursor) => {
        const request = ticket.$get({ param: { id: segment(id) }, query: { ...query, cursor } }, requestOf(options));
        return (await parseResponse(request)).conversation;
      }),

    /** Everything that happened to a ticket, oldest first. */
    events: (id: string, query: PageQuery = {}, options?: CallOptions) =>
      listing((cursor = query.cursor) =>
        parseResponse(
          ticket.events.$get({ param: { id: segment(id) }, query: { ...query, cursor } }, requestOf(options)),
        ),
      ),

    /** Opens, resolves or closes a ticket, or lets it wait for the customer. */
    changeStatus: change(ticket.status.$post),

    /** Adds a note, which agents alone see. */
    addNote: change(ticket.notes.$post),

    /** Adds a message, of the customer or of an agent. */
    addMessage: change(ticket.messages.$post),

    /** Gives the ticket to an agent, or to nobody. */
    assign: change(ticket.assignee.$post),

    /** Says how urgent it is. */
    setPriority: change(ticket.priority.$post),

    /** Says what it is about: these tags replace those that it had. */
    setTags: change(ticket.tags.$post),

    /**
     * Gives one command to up to 100 tickets: what became of each, in their order. What is refused for one keeps no other back.
     *
     * @example
     * const { results } = await edgedesk.tickets.bulk(ids, { type: "AssignTicket", assignee_id: "ada" });
     * const failed = results.filter(({ status }) => status !== 200);
     */
    bulk: (ids: readonly string[], command: BodyOf<typeof tickets.bulk.$post>["command"], options?: WriteOptions) =>
      parseResponse(tickets.bulk.$post({ json: { ids: [...ids], command } }, requestOf(options))),

    /**
     * Takes tickets with their conversations, as they were elsewhere: up to 10,000, or 8 MB, a call. One whose `external_id` is
     * there already is not taken again. If `next_line` is not null, the tickets from `lines[next_line - 1]` on need another call.
     */
    import: (lines: readonly ImportedTicket[], options?: WriteOptions) => {
      const { headers, init } = requestOf(options);
      return parseResponse(
        tickets.import.$post(
          {},
          {
            headers: { ...headers, "Content-Type": "application/x-ndjson" },
            init: { ...init, body: lines.map((line) => JSON.stringify(line)).join("\n") },
          },
        ),
      );
    },
  };
}

/** A command on a ticket, with the body and the answer of its endpoint. */
function change<Body, Answer extends ClientResponse<unknown>>(
  endpoint: (args: { param: { id: string }; json: Body }, options?: ClientRequestOptions) => Promise<Answer>,
) {
  return (id: string, body: Body, options?: ChangeOptions) =>
    parseResponse(endpoint({ param: { id: segment(id) }, json: body }, requestOf(options)));
}
