import type { Hono } from "hono";
import type { hc, InferRequestType } from "hono/client";
import type { Endpoint } from "hono/types";
import type { SuccessStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { importLineSchema } from "../commands/import-line.ts";
import type { Routes } from "./app.ts";
import type { problemDocument } from "./contract/problems.ts";
import type { ProblemCode } from "./problem.ts";
import type { pageQuery } from "./schemas/common.ts";
import type { key, keysQuery } from "./schemas/keys.ts";
import type { listQuery } from "./schemas/list-query.ts";
import type { statsQuery } from "./schemas/stats.ts";
import type { feedQuery, ticketDetails, ticketListItem } from "./schemas/tickets.ts";

// The service as its clients see it: types only. The client imports nothing else of the service.

/** What a problem is about. */
export type { ProblemCode };

/** What is wrong with one part of a request: of its body, its query or its headers. */
export type PartError = NonNullable<z.output<typeof problemDocument>["errors"]>[number];

/** A ticket as lists have it. */
export type Ticket = z.output<typeof ticketListItem>;
/** A ticket with the beginning of its conversation. */
export type TicketDetails = z.output<typeof ticketDetails>;
/** A key, without what opens. */
export type Key = z.output<typeof key>;

/** What a list of tickets may be asked for. */
export type TicketQuery = QueryOf<typeof listQuery>;
/** What a list of keys may be asked for. */
export type KeyQuery = QueryOf<typeof keysQuery>;
/** What the feed may be asked for. */
export type FeedQuery = QueryOf<typeof feedQuery>;
/** Which page of the agents the numbers are asked for with. */
export type StatsQuery = QueryOf<typeof statsQuery>;
/** Which page. */
export type PageQuery = QueryOf<typeof pageQuery>;

/** A ticket of an import, with its conversation; times are milliseconds since 1970. */
export type ImportedTicket = z.input<typeof importLineSchema>;

/** The body that an endpoint takes. */
export type BodyOf<Of> = InferRequestType<Of> extends { json: infer Body } ? Body : never;

/** All routes, as one asks them by this client. */
export type Service = Asked<Routes>;

/** The same as hono's client has them (https://hono.dev/docs/guides/rpc). */
export type Api = ReturnType<typeof hc<Service>>;

/** Parameters of the types that they have once they are read, each optional. */
type QueryOf<Query extends z.ZodObject> = {
  readonly [Name in keyof z.output<Query>]?: z.output<Query>[Name] | undefined;
};

type Asked<Router> =
  Router extends Hono<infer Env, infer Paths, infer Base>
    ? Hono<Env, { [Path in keyof Paths]: { [Method in keyof Paths[Path]]: Route<Paths[Path][Method]> } }, Base>
    : never;

/** Only successes come back: all else is thrown. */
type Route<Of> = Of extends Endpoint & { status: SuccessStatusCode }
  ? Omit<Of, "input"> & { input: Input<Of["input"]> }
  : never;

/** Who asks need not give a query, and gives numbers and booleans as they are. */
type Input<Of> = Of extends { query: infer Query }
  ? Omit<Of, "query"> & (Query extends Record<string, never> ? unknown : { query?: Written<Query> })
  : Of;

type Written<Query> = {
  [Name in keyof Query]: string extends Query[Name] ? Query[Name] | number | boolean : Query[Name];
};
