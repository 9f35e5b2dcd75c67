import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { v7 } from "uuid";
import type { ChangeTicket } from "../../src/domain/decide.ts";
import { serverTiming } from "../../src/http/headers/server-timing.ts";
import { COMMANDS, type CommandDefinition, createTicketBody } from "../../src/http/schemas/commands.ts";
import { listFilters, listOrder, listQuery } from "../../src/http/schemas/list-query.ts";
import { Database } from "../../src/platform/database.ts";
import { decodeCursor, encodeCursor } from "../../src/queries/cursor.ts";
import { canonical, type ListRequest } from "../../src/queries/read-model/list/request.ts";
import { SEAL } from "../data/sealing.ts";
import { COST, Counted } from "../worker/cost.ts";
import { repeating } from "../worker/repeating.ts";
import { after, change, create } from "./commands.ts";
import { pageOf } from "./page.ts";
import { type Row, toItem } from "./row.ts";
import { isSearchable } from "./search.ts";
import { numbersOf, statsOf } from "./stats.ts";

/** The only tenant. */
const WORKSPACE = "default";

type Env = Pick<Cloudflare.Env, "DB" | "ROOT_KEY">;

const app = new Hono<{ Bindings: Env; Variables: { database: Database } }>();

app.use(async (c, next) => {
  const usage = new Counted();
  const { d1, tell } = repeating(c.env.DB, c.req.raw);
  c.set("database", new Database(d1, usage));
  const start = Date.now();
  await next();
  c.header("Server-Timing", serverTiming(Date.now() - start, usage));
  c.header(COST, JSON.stringify(usage.cost));
  tell(c.res.headers);
});
app.use(async (c, next) => {
  const { ROOT_KEY = "" } = c.env;
  const isKnown = await timingSafeEqual(c.req.header("Authorization") ?? "", `Bearer ${ROOT_KEY}`);
  return isKnown ? await next() : c.json({ detail: "The key is unknown" }, 401);
});
app.onError((error, c) => c.json({ detail: error.message }, 500));

app.get("/tickets", async (c) => {
  const parsed = listQuery.safeParse(queryOf(c.req.queries()));
  if (!parsed.success) return c.json({ detail: parsed.error.message }, 400);
  const query = parsed.data;
  const filters = canonical(listFilters(query, null) ?? {});
  if (filters.q_notes !== undefined) return c.json({ detail: "There is no index of the notes" }, 501);
  if (!isSearchable(filters.q ?? "")) return c.json({ detail: "Parts of words without blanks are not found" }, 501);
  const order = listOrder(query);
  const scope = ["tickets", `${order.by} ${order.direction}`, WORKSPACE, filters];
  const after =
    query.cursor === undefined
      ? undefined
      : decodeCursor(SEAL, scope, query.cursor, ["number", "number", "text"] as const, "cursor");
  const { limit, skip = 0 } = query;
  const page = pageOf({ workspaceId: WORKSPACE, filters, order, after, limit, skip });
  const [rows] = await c.get("database").session("first-unconstrained").batch(page);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next_cursor = last ? encodeCursor(SEAL, scope, [last.rank, timeOf(last, order), last.id]) : null;
  return c.json({ items: shown.map(toItem), next_cursor });
});

app.get("/stats", async (c) => {
  const session = c.get("database").session("first-unconstrained");
  const [groups, [waiting = { count: 0, oldest: null }]] = await session.batch(...numbersOf(WORKSPACE));
  return c.json(statsOf(groups, waiting));
});

app.post("/tickets", async (c) => {
  const parsed = createTicketBody.safeParse(await c.req.json());
  if (!parsed.success) return c.json({ detail: parsed.error.message }, 400);
  const id = v7();
  const target = { workspaceId: WORKSPACE, id, at: Date.now() };
  await c
    .get("database")
    .session("first-primary")
    .batch(...create(target, { type: "CreateTicket", ...parsed.data }));
  return c.json({ id, version: 1 }, 201);
});

/** Reads the command that a request's path and body name. */
function commandOf(path: string, body: unknown): ChangeTicket | undefined {
  const [type, definition] = Object.entries<CommandDefinition>(COMMANDS).find(([, one]) => one.path === path) ?? [];
  return definition && ({ type, ...definition.body.parse(body) } as ChangeTicket);
}

app.post("/tickets/:id/:command", async (c) => {
  const { id, command: name } = c.req.param();
  const command = commandOf(name, await c.req.json());
  if (!command) return c.json({ detail: "There is no such command" }, 404);
  const target = { workspaceId: WORKSPACE, id, at: Date.now() };
  const session = c.get("database").session("first-primary");
  const [[ticket]] = await session.readAfter(change(target, command), after(target));
  if (!ticket) return c.json({ detail: "Ticket not found" }, 404);
  const isRefused =
    (command.type === "UpdateStatus" && ticket.status !== command.new_status) ||
    (command.type === "AddMessage" && ticket.status === "closed");
  return isRefused
    ? c.json({ detail: `The ticket is ${ticket.status}` }, 409)
    : c.json({ id, version: ticket.version }, 200);
});

function timeOf(row: Row, { by }: NonNullable<ListRequest["order"]>): number {
  return by === "relevance" ? row.updated_at : (row[by] ?? 0);
}

/** What is given once is no list. */
function queryOf(given: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(
    Object.entries(given).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** A help desk without a read model: what it shows is computed when it is asked for. */
export default app;
