import { OpenAPIHono } from "@hono/zod-openapi";
import type { Guarded } from "../keys/access.ts";
import type { Role } from "../keys/roles.ts";
import type { Seal } from "../platform/sealed.ts";
import type { Expectation } from "../projection/consistency/fresh-read.ts";
import type { Projecting } from "../projection/core/projecting.ts";
import { invalidInput } from "./problem.ts";

/** Who calls, as the credential says. */
export interface Caller {
  readonly workspace_id: string;
  /** The agent that the credential belongs to, where it names one. */
  readonly agent_id: string | null;
  readonly role: Role;
  /** The id of the key; null for the root key. */
  readonly key_id: string | null;
}

/** Everything that a request may need. */
export interface Runtime extends Projecting, Guarded {}

/** What every handler finds in its context: the dependencies as `c.env`, the caller, the request's id and what its reader expects as variables. */
export interface Api {
  Bindings: Runtime;
  Variables: {
    caller: Caller;
    requestId: string;
    expectation: Expectation;
    seal: Seal;
    /** Set if the work includes tables of all workspaces: its figures would tell about theirs. */
    hidesWork: boolean;
  };
}

/**
 * A router whose invalid input is answered with a problem document.
 *
 * @param unknown what a path that can name nothing is answered with
 */
export function router(
  unknown: "ticket-not-found" | "key-not-found" | "malformed-path" = "ticket-not-found",
): OpenAPIHono<Api> {
  return new OpenAPIHono<Api>({
    defaultHook: (result, c) => (result.success ? undefined : invalidInput(c, result, unknown)),
  });
}
