import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { ROLES, type Role } from "../../keys/roles.ts";
import type { Api } from "../api.ts";
import { problem } from "../problem.ts";

/** The name of the security scheme in the OpenAPI document. */
export const KEY_SCHEME = "key";

/**
 * What a route's definition says about who may use it: the roles of this rank and above. The document shows it, and
 * {@link requireRole} enforces it, so that the two cannot differ (https://spec.openapis.org/oas/v3.1.1#security-requirement-object).
 */
export function requires(role: Role): { security: { [KEY_SCHEME]: [Role] }[] } {
  return { security: [{ [KEY_SCHEME]: [role] }] };
}

/** A route that anybody may use, without a key. */
export const forAnybody: { security: { [KEY_SCHEME]: [Role] }[] } = { security: [] };

/**
 * Lets only callers of the role that each route's definition names pass.
 *
 * @throws Error at start-up where a definition names none: a route that nobody thought about stays closed
 */
export function requireRole(door: OpenAPIHono<Api>, routes: OpenAPIHono<Api>): void {
  for (const definition of routes.openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const { method, path, security } = definition.route;
    const least = ROLES.find((role) => security?.[0]?.[KEY_SCHEME]?.[0] === role);
    if (least === undefined) throw new Error(`${method} ${path} does not say who may use it`);
    door.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ":$1"), allow(least));
  }
}

function allow(least: Role) {
  return createMiddleware<Api>(async (c, next) => {
    const { role } = c.var.caller;
    if (ROLES.indexOf(role) >= ROLES.indexOf(least)) return await next();
    return problem(c, "forbidden", `This request requires a key with the role ${least}; your key has the role ${role}`);
  });
}
