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
  "malformed-header": inHeader("If-Match", 'must be * or entity tags in double quotes, like "v3"'),
  "malformed-path": inAddress("id", "is not percent-encoded UTF-8"),
  "invalid-query": inAddress("limit", "must be a whole number from 1 to 100"),
  "invalid-cursor": inAddress(
    "cursor",
    "was not made for this list and these parameters, or is damaged: take it from next_cursor as it is",
  ),
  "no-agent": inAddress("assignee", "cannot be me: the key names no agent"),
  "cursor-gone": inAddress(
    "after",
    "comes after an event that is not there any more, because the database was set back: begin again without it",
  ),
  unauthorized: { detail: "The key was revoked" },
  forbidden: { detail: "This takes a key of the role admin; yours has the role agent" },
  "other-workspace": inBody("/workspace_id", "a key can make keys for its own workspace only"),
  "ticket-not-found": { detail: "Ticket not found" },
  "key-not-found": { detail: "Key not found" },
  "ticket-closed": { detail: "Closed tickets cannot be reopened" },
  "ticket-erased": { detail: "The ticket is erased: it takes no texts any more" },
  "transition-not-allowed": { detail: "A resolved ticket cannot become pending" },
  "concurrent-change": { detail: "Others keep changing this ticket: read it again, then repeat the request" },
  "external-id-taken": inBody(
    "/external_id",
    "Ticket 019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b has this external_id already",
  ),
  "newer-deployment": {
    detail: "Projector 3 of a newer deployment has written the read model, and this one has projector 2",
  },
  "not-parked": { detail: "This ticket is not parked" },
  "precondition-failed": { detail: "The ticket is at version 4 now" },
  "body-too-large": { detail: "A body may have up to 1 MB" },
  "too-many-lines": { detail: "The import has more than 10000 lines: send it in parts" },
  "unsupported-media-type": { detail: "Send application/json without a Content-Encoding" },
  "invalid-body": inBody("/subject", "must not be blank"),
  "unknown-follow-up": inBody("/follow_up_of", "names no ticket"),
  "already-expired": inBody("/expires_at", "must be in the future"),
  "idempotency-key-reused": { detail: "This Idempotency-Key belongs to another request: use a new one" },
  "too-many-requests": { detail: "This key has sent too many requests" },
  "internal-error": { detail: "Please report it with the request's id" },
  "not-configured": { detail: "The secret ROOT_KEY is not set" },
  "not-yet-consistent": { detail: "The read model does not show all that the token asks for yet" },
  rebuilding: { detail: "The read model is being rebuilt: this list cannot be answered before that is done" },
  "temporarily-unavailable": { detail: "The database did not answer: repeat the request" },
  "database-full": {
    detail: "The database has its maximum size: nothing was stored, and repeating the request is in vain",
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
