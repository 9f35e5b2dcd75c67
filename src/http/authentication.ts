import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Api } from "./api.ts";
import { problem } from "./problem.ts";

/** The workspace that the root key acts in. */
const ROOT_WORKSPACE = "default";

/** Refuses every request while the service has no key of its own: it never runs open. */
export const configured = createMiddleware<Api>(async (c, next) => {
  if (c.env.rootKey) return await next();
  c.env.log("error", "not_configured", { reason: "the secret ROOT_KEY is not set: wrangler secret put ROOT_KEY" });
  return problem(c, "not-configured", "The secret ROOT_KEY is not set", { headers: { "Retry-After": "60" } });
});

/** Lets only a caller with a valid key pass, as a bearer token (RFC 6750). */
export const authenticated = createMiddleware<Api>(async (c, next) => {
  const [, key] = /^Bearer +([^\s]+)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
  if (key === undefined) return unauthorized(c, "Send the key as `Authorization: Bearer <key>`");
  if (!(await isEqual(key, c.env.rootKey ?? ""))) return unauthorized(c, "The key is not known");
  c.set("caller", { workspace_id: ROOT_WORKSPACE, agent_id: null });
  return await next();
});

function unauthorized(c: Context<Api>, detail: string): Response {
  return problem(c, "unauthorized", detail, { headers: { "WWW-Authenticate": 'Bearer realm="edgedesk"' } });
}

/** Compares in a time that tells nothing: digests have one length, and every byte of them is looked at. */
async function isEqual(one: string, other: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(one), digest(other)]);
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), 0) === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
