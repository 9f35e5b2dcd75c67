import type { ProblemCode } from "../problem.ts";

/** What one occurrence of a problem adds to its title. */
interface Occurrence {
  readonly detail: string;
  readonly errors?: readonly {
    readonly detail: string;
    readonly pointer?: string;
    readonly parameter?: string;
    readonly header?: string;
  }[];
}

/** The problems that routes answer with. The other two belong to none: to addresses and methods that there are not. */
export type RouteProblemCode = Exclude<ProblemCode, "route-not-found" | "method-not-allowed">;

/** One occurrence of each, for the examples of the document. */
export const OCCURRENCES: Readonly<Record<RouteProblemCode, Occurrence>> = {
  "malformed-body": { detail: "The body is not valid JSON" },
  "malformed-header": inHeader("If-Match", 'must be * or quoted entity tags, such as "v3"'),
  "malformed-path": inAddress("id", "is not valid percent-encoded UTF-8"),
  "invalid-query": inAddress("limit", "must be an integer from 1 to 100"),
  "invalid-cursor": inAddress(
    "cursor",
    "is damaged or belongs to another list: send next_cursor unchanged, with the same parameters",
  ),
  "no-agent": inAddress("assignee", "cannot be me: the key has no agent_id"),
  "cursor-gone": inAddress(
    "after",
    "refers to an event that no longer exists, because the database was restored to an earlier time: read from the beginning",
  ),
  unauthorized: { detail: "The key has been revoked" },
  forbidden: { detail: "This request requires a key with the role admin; your key has the role agent" },
  "other-workspace": inBody("/workspace_id", "a key can create keys only in its own workspace"),
  "ticket-not-found": { detail: "Ticket not found" },
  "key-not-found": { detail: "Key not found" },
  "ticket-closed": { detail: "Closed tickets cannot be reopened" },
  "ticket-erased": { detail: "The ticket has been erased and accepts no new text" },
  "transition-not-allowed": { detail: "A resolved ticket cannot become pending" },
  "concurrent-change": { detail: "Other requests keep changing this ticket: read it again, then retry" },
  "external-id-taken": inBody(
    "/external_id",
    "Ticket 019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b already has this external_id",
  ),
  "newer-deployment": {
    detail: "Projector 3 of a newer deployment wrote the read model; this deployment has projector 2",
  },
  "not-parked": { detail: "This ticket is not parked" },
  "precondition-failed": { detail: "The ticket is now at version 4" },
  "body-too-large": { detail: "The body must not exceed 1 MB" },
  "too-many-lines": { detail: "The import has more than 10000 lines: split it into several requests" },
  "unsupported-media-type": { detail: "Send application/json without a Content-Encoding" },
  "invalid-body": inBody("/subject", "must not be blank"),
  "unknown-follow-up": inBody("/follow_up_of", "does not name an existing ticket"),
  "already-expired": inBody("/expires_at", "must be in the future"),
  "idempotency-key-reused": { detail: "This Idempotency-Key was used for another request: use a new one" },
  "too-many-requests": { detail: "This key has exceeded its rate limit" },
  "internal-error": { detail: "Report this error together with the request id" },
  "not-configured": { detail: "The secret ROOT_KEY is not set" },
  "not-yet-consistent": { detail: "The read model does not include every change that the token covers yet" },
  rebuilding: { detail: "The read model is being rebuilt: this list is unavailable until the rebuild is finished" },
  "temporarily-unavailable": { detail: "The database did not respond: retry the request" },
  "database-full": {
    detail: "The database has reached its maximum size: nothing was stored, and a retry will not help",
  },
};

function inBody(pointer: string, detail: string): Occurrence {
  return { detail: `${pointer}: ${detail}`, errors: [{ detail, pointer }] };
}

function inAddress(parameter: string, detail: string): Occurrence {
  return { detail: `${parameter}: ${detail}`, errors: [{ detail, parameter }] };
}

function inHeader(header: string, detail: string): Occurrence {
  return { detail: `${header}: ${detail}`, errors: [{ detail, header }] };
}
