import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { Refusal } from "../../domain/refusal.ts";
import { createKey, revoke } from "../../keys/commands.ts";
import { type KeyScope, listKeys, type ShownKey } from "../../keys/key-store.ts";
import { decodeCursor, encodeCursor } from "../../queries/cursor.ts";
import { instant, instantOrNull, parseInstant } from "../../queries/instant.ts";
import { type Api, router } from "../api.ts";
import { content, body as jsonOf } from "../contract/content.ts";
import { EXAMPLE_KEY, KEY } from "../contract/examples.ts";
import { takes } from "../contract/parameters.ts";
import { OF_BODY, problems } from "../contract/problems.ts";
import { linkNext } from "../headers/link.ts";
import { idempotencyKeyOf } from "../headers/preconditions.ts";
import { jsonBody } from "../middleware/body.ts";
import { requires } from "../middleware/roles.ts";
import { noQuery } from "../schemas/common.ts";
import { createKeyBody, keyPage, keyPath, keysQuery, newKey } from "../schemas/keys.ts";

const createKeyRoute = createRoute({
  method: "post",
  path: "/keys",
  ...requires("admin"),
  operationId: "createKey",
  tags: ["Keys"],
  summary: "Create a key",
  description:
    "The key is shown only in this response and is not stored. An admin key creates keys in its own workspace; the root key creates keys in any workspace.",
  middleware: jsonBody,
  ...takes("Idempotency-Key"),
  request: {
    query: noQuery,
    body: jsonOf(createKeyBody, "The properties of the key", {
      name: "The shop's server",
      role: "agent",
      agent_id: "ada",
      expires_at: "2100-01-01T00:00:00Z",
    }),
  },
  responses: {
    201: content(newKey, "The new key", { ...KEY, key: EXAMPLE_KEY }, "Idempotent-Replayed"),
    ...problems("admin", ...OF_BODY, "other-workspace", "already-expired", "idempotency-key-reused"),
  },
});

const keysRoute = createRoute({
  method: "get",
  path: "/keys",
  ...requires("admin"),
  operationId: "listKeys",
  tags: ["Keys"],
  summary: "List keys",
  description: "Returns the keys of the workspace, newest first. The root key lists the keys of all workspaces.",
  request: { query: keysQuery },
  responses: {
    200: content(keyPage, "A page of keys", { items: [KEY], next_cursor: null }, "Link"),
    ...problems("admin", "invalid-cursor", "other-workspace"),
  },
});

const revokeKeyRoute = createRoute({
  method: "delete",
  path: "/keys/{id}",
  ...requires("admin"),
  operationId: "revokeKey",
  tags: ["Keys"],
  summary: "Revoke a key",
  description: "The key stops working everywhere within 30 seconds. Revoking a revoked key is a no-op.",
  request: { params: keyPath, query: noQuery },
  responses: { 204: { description: "The key is revoked" }, ...problems("admin", "malformed-path", "key-not-found") },
});

export const keyRoutes = router("key-not-found")
  .openapi(createKeyRoute, async (c) => {
    const body = c.req.valid("json");
    const { workspace_id, key_id, role } = c.var.caller;
    const maker = { workspace_id, key_id, role, idempotencyKey: idempotencyKeyOf(c, body) };
    const wish = {
      ...body,
      workspace_id: body.workspace_id ?? workspace_id,
      expires_at: body.expires_at === null ? null : (parseInstant(body.expires_at) ?? null),
    };
    const { shown, text, replayed } = await createKey(c.env, maker, wish);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json({ ...withInstants(shown), key: text }, 201);
  })
  .openapi(keysRoute, async (c) => {
    const { workspace_id, limit, cursor } = c.req.valid("query");
    const keys = scopeOf(c, workspace_id);
    const scope = ["keys", keys.workspace_id ?? null];
    const [before] = cursor === undefined ? [] : decodeCursor(c.var.seal, scope, cursor, ["text"] as const);
    const session = c.env.access.keyRing.database.session("first-primary");
    const [rows] = await session.batch(listKeys(keys, before, limit + 1));
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const next_cursor = last ? encodeCursor(c.var.seal, scope, [last.id]) : null;
    linkNext(c, next_cursor);
    return c.json({ items: items.map(withInstants), next_cursor }, 200);
  })
  .openapi(revokeKeyRoute, async (c) => {
    await revoke(c.env, scopeOf(c), c.req.valid("param").id);
    return c.body(null, 204);
  });

/**
 * Which keys the caller sees: those of their own workspace, and the root key all.
 *
 * @param wanted the workspace that they ask for
 * @throws {@link Refusal} `other-workspace`
 */
function scopeOf(c: Context<Api>, wanted?: string): KeyScope {
  const { role, workspace_id } = c.var.caller;
  if (role === "root") return { workspace_id: wanted };
  if ((wanted ?? workspace_id) === workspace_id) return { workspace_id };
  throw new Refusal("other-workspace", "a key can list keys only in its own workspace", "workspace_id");
}

function withInstants({ created_at, expires_at, revoked_at, ...key }: ShownKey) {
  return {
    ...key,
    created_at: instant(created_at),
    expires_at: instantOrNull(expires_at),
    revoked_at: instantOrNull(revoked_at),
  };
}
