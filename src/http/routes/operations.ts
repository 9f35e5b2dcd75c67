import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import type { Database } from "../../platform/database.ts";
import { readAuditReport, readAuditStatus, readRebuildStatus } from "../../projection/status/status.ts";
import { startAudit } from "../../projection/walks/audit.ts";
import { cancelRebuild, startRebuild } from "../../projection/walks/rebuild.ts";
import { instant, instantOrNull } from "../../queries/instant.ts";
import { type Api, router } from "../api.ts";
import { content } from "../contract/content.ts";
import { AUDIT_REPORT, REBUILD, RUNNING_AUDIT, RUNNING_REBUILD } from "../contract/examples.ts";
import { problems } from "../contract/problems.ts";
import { requires } from "../middleware/roles.ts";
import { noQuery } from "../schemas/common.ts";
import { auditReport, auditStatus, rebuildStatus } from "../schemas/operations.ts";

const request = { query: noQuery };

const rebuildRoute = createRoute({
  method: "get",
  path: "/projections/rebuild",
  ...requires("root"),
  operationId: "getRebuild",
  tags: ["Operation"],
  summary: "Retrieve the status of the rebuild",
  description: "Returns the progress of the current rebuild, or the result of the latest rebuild.",
  request,
  responses: { 200: content(rebuildStatus, "The current or latest rebuild", REBUILD), ...problems("root") },
});

const startRebuildRoute = createRoute({
  method: "post",
  path: "/projections/rebuild",
  ...requires("root"),
  operationId: "startRebuild",
  tags: ["Operation"],
  summary: "Rebuild the read model",
  description:
    "Recomputes every row from the source. Lists stay available. If a rebuild is already running, it continues.",
  request,
  responses: {
    202: content(rebuildStatus, "The rebuild is running", RUNNING_REBUILD),
    ...problems("root", "newer-deployment"),
  },
});

const cancelRebuildRoute = createRoute({
  method: "delete",
  path: "/projections/rebuild",
  ...requires("root"),
  operationId: "cancelRebuild",
  tags: ["Operation"],
  summary: "Cancel the rebuild",
  description: "Rows that are already rebuilt stay. If no rebuild is running, the request is a no-op.",
  request,
  responses: { 200: content(rebuildStatus, "The current or latest rebuild", REBUILD), ...problems("root") },
});

const auditRoute = createRoute({
  method: "get",
  path: "/projections/audit",
  ...requires("root"),
  operationId: "getAudit",
  tags: ["Operation"],
  summary: "Retrieve the audit report",
  description:
    "Returns the progress of the current audit, the differences found since the first audit, by kind, and examples.",
  request,
  responses: { 200: content(auditReport, "The audit report", AUDIT_REPORT), ...problems("root") },
});

const startAuditRoute = createRoute({
  method: "post",
  path: "/projections/audit",
  ...requires("root"),
  operationId: "startAudit",
  tags: ["Operation"],
  summary: "Audit the read model",
  description:
    "Compares every row with its source and repairs differences. If a requested audit is already running, it continues.",
  request,
  responses: {
    202: content(auditStatus, "The audit is running", RUNNING_AUDIT),
    ...problems("root", "newer-deployment"),
  },
});

export const operationRoutes = router()
  .openapi(rebuildRoute, async (c) => c.json(await rebuildNow(c), 200))
  .openapi(startRebuildRoute, async (c) => {
    await assertNewestProjector(c);
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
    await assertNewestProjector(c);
    await startAudit(c.env, databaseOf(c));
    return c.json(withInstants(await readAuditStatus(c.env, databaseOf(c))), 202);
  });

/** The database that the root key's own workspace is in: its projection serves all workspaces there. */
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

/**
 * Refuses what a deployment that is older than the one that wrote the read model would not do.
 *
 * @throws {@link Refusal} `newer-deployment`
 */
async function assertNewestProjector(c: Context<Api>): Promise<void> {
  const own = c.env.projection.projector;
  const { projector } = await readRebuildStatus(c.env, databaseOf(c));
  if (projector <= own) return;
  throw new Refusal(
    "newer-deployment",
    `Projector ${projector} of a newer deployment wrote the read model; this deployment has projector ${own}`,
  );
}
