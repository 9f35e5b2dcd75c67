// A plain Node server on the same read tables: what SQLite and HTTP take on this machine, without the platform. It reads through
// node:sqlite. better-sqlite3, which people use as often, is the same engine, but needs a compiler or a binary from outside the registry.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { timingSafeEqual } from "hono/utils/buffer";
import { Lists } from "./lists.ts";

const [database = "", key = ""] = process.argv.slice(2);
const lists = new Lists(database);
const app = new Hono();

app.get("/health", (c) => c.json({ status: "ok" }));
app.use(async (c, next) => {
  const isKnown = await timingSafeEqual(c.req.header("Authorization") ?? "", `Bearer ${key}`);
  return isKnown ? await next() : c.json({ detail: "The key is unknown" }, 401);
});
app.get("/bench/select-1", (c) => c.json(lists.one()));
app.get("/tickets", (c) => c.json(lists.page(new URL(c.req.url).search)));

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => process.send?.({ port }));
// Whoever started it has ended.
process.once("disconnect", () => {
  server.close();
  process.exit();
});
