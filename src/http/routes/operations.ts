import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Database } from "../../db/database.ts";
import { startAudit } from "../../projection/audit.ts";
import { cancelRebuild, startRebuild } from "../../projection/rebuild.ts";
import { readAuditReport, readAuditStatus, readRebuildStatus } from "../../projection/status.ts";
import { instant, instantOrNull } from "../../queries/instant.ts";
import { type Api, router } from "../api.ts";
import { auditReport, auditStatus, rebuildStatus } from "../operations-schemas.ts";
import { content, noQuery, problems } from "../schemas.ts";

const request = { query: noQuery };

const rebuildRoute = createRoute({
  method: "get",
  path: "/projections/rebuild",
  summary: "How the rebuild of the read model stands",
  request,
  responses: { 200: content(rebuildStatus, "The latest rebuild"), ...problems(400, 401) },
});

const startRebuildRoute = createRoute({
  method: "post",
  path: "/projections/rebuild",
  summary: "Writes every row again, from the source; one that is under way goes on",
  request,
  responses: { 202: content(rebuildStatus, "It is under way"), ...problems(400, 401) },
});

const cancelRebuildRoute = createRoute({
  method: "delete",
  path: "/projections/rebuild",
  summary: "Cancels the rebuild that is under way; what it has written stays",
  request,
  responses: { 200: content(rebuildStatus, "The latest rebuild"), ...problems(400, 401) },
});

const auditRoute = createRoute({
  method: "get",
  path: "/projections/audit",
  summary: "How the audit stands, and what audits have found",
  request,
  responses: { 200: content(auditReport, "The report"), ...problems(400, 401) },
});

const startAuditRoute = createRoute({
  method: "post",
  path: "/projections/audit",
  summary: "Compares every row with its source, and mends what differs; one that was started so goes on",
  request,
  responses: { 202: content(auditStatus, "It is under way"), ...problems(400, 401) },
});

export const operationRoutes = router()
  .openapi(rebuildRoute, async (c) => c.json(await rebuildNow(c), 200))
  .openapi(startRebuildRoute, async (c) => {
    await startRebuild(c.env, databaseOf(c));
    return c.json(await rebuildNow(c), 202);
  })
  .openapi(cancelRebuildRoute, async (c) => {
    await cancelRebuild(c.env, databaseOf(c));
    return c.json(await rebuildNow(c), 200);
  })
  .openapi(auditRoute, async (c) => {
    const { status, kinds, examples } = await readAuditReport(c.env, databaseOf(c));
    const shown = examples.map(({ kind, ticket_id, detail, found_at, healed_at }) => ({
      ...{ kind, ticket_id, detail },
      found_at: instant(found_at),
      healed_at: instantOrNull(healed_at),
    }));
    const counts = kinds.map(({ kind, found, healed }) => ({ kind, found, healed }));
    return c.json({ ...withInstants(status), kinds: counts, examples: shown }, 200);
  })
  .openapi(startAuditRoute, async (c) => {
    await startAudit(c.env, databaseOf(c));
    return c.json(withInstants(await readAuditStatus(c.env, databaseOf(c))), 202);
  });

/** The database that the caller's workspace is in: its projection serves all workspaces there. */
export function databaseOf(c: Context<Api>): Database {
  return c.env.databaseFor(c.var.caller.workspace_id);
}

/** A walk's status with its times as the API gives them. */
export function withInstants<
  Status extends { readonly started_at: number | null; readonly finished_at: number | null },
>({ started_at, finished_at, ...status }: Status) {
  return { ...status, started_at: instantOrNull(started_at), finished_at: instantOrNull(finished_at) };
}

async function rebuildNow(c: Context<Api>) {
  return withInstants(await readRebuildStatus(c.env, databaseOf(c)));
}
