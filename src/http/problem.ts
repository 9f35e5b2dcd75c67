import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { Refusal, type RefusalCode } from "../domain/refusal.ts";
import { framesOf, reasonOf } from "../platform/errors.ts";
import { type FieldError, fieldErrors, type ParameterError, parameterErrors } from "../platform/input-errors.ts";
import type { Api } from "./api.ts";
import { routeOf } from "./middleware/request-log.ts";
import { unavailabilityOf } from "./unavailable.ts";

/** The name of a problem: its type is `/problems/<code>`. */
export type ProblemCode =
  | RefusalCode
  | "malformed-body"
  | "invalid-body"
  | "malformed-path"
  | "invalid-query"
  | "unauthorized"
  | "forbidden"
  | "too-many-requests"
  | "route-not-found"
  | "method-not-allowed"
  | "body-too-large"
  | "unsupported-media-type"
  | "not-configured"
  | "temporarily-unavailable"
  | "database-full"
  | "internal-error";

/** Every problem that the service knows: the one place that turns a code into HTTP. */
export const PROBLEMS = {
  "malformed-body": [400, "The body cannot be parsed"],
  "malformed-header": [400, "A header is malformed"],
  "malformed-path": [400, "The path is malformed"],
  "invalid-query": [400, "The query is invalid"],
  "invalid-cursor": [400, "The cursor is invalid"],
  "no-agent": [400, "The key names no agent"],
  unauthorized: [401, "A valid key is required"],
  forbidden: [403, "The key's role does not allow this request"],
  "other-workspace": [403, "The key belongs to another workspace"],
  "route-not-found": [404, "There is no resource at this path"],
  "ticket-not-found": [404, "Ticket not found"],
  "key-not-found": [404, "Key not found"],
  "method-not-allowed": [405, "The method is not allowed"],
  "ticket-closed": [409, "The ticket is closed"],
  "ticket-erased": [409, "The ticket has been erased"],
  "transition-not-allowed": [409, "The status change is not allowed"],
  "concurrent-change": [409, "The ticket changed during the request"],
  "external-id-taken": [409, "The external_id is already in use"],
  "newer-deployment": [409, "A newer deployment owns the read model"],
  "not-parked": [404, "The ticket is not parked"],
  "cursor-gone": [410, "The cursor is no longer valid"],
  "precondition-failed": [412, "The ticket has changed"],
  "body-too-large": [413, "The body is too large"],
  "too-many-lines": [413, "The import has too many lines"],
  "unsupported-media-type": [415, "The media type is not supported"],
  "invalid-body": [422, "The body is invalid"],
  "unknown-follow-up": [422, "The ticket in follow_up_of does not exist"],
  "already-expired": [422, "The key would already be expired"],
  "idempotency-key-reused": [422, "The Idempotency-Key was used for another request"],
  "too-many-requests": [429, "Too many requests"],
  "internal-error": [500, "An internal error occurred"],
  "not-configured": [503, "The service is not configured"],
  "not-yet-consistent": [503, "The read model is not up to date yet"],
  rebuilding: [503, "The read model is being rebuilt"],
  "temporarily-unavailable": [503, "The service is temporarily unavailable"],
  "database-full": [507, "The database is full"],
} as const satisfies Readonly<Record<ProblemCode, readonly [status: ContentfulStatusCode, title: string]>>;

/** What is wrong with one part of a request. */
interface PartError {
  readonly detail: string;
  /** Into the body: a JSON pointer (RFC 6901). */
  readonly pointer?: string;
  /** Of the path or the query. */
  readonly parameter?: string;
  readonly header?: string;
}

/** What every problem of a code has in common (RFC 9457, section 3.1). */
export function typeOf(code: ProblemCode): { type: string; title: string; status: ContentfulStatusCode } {
  const [status, title] = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status };
}

interface ProblemOptions {
  readonly errors?: readonly PartError[];
  readonly headers?: Record<string, string>;
}

/**
 * A problem document (RFC 9457).
 *
 * @param detail one sentence about this very occurrence
 */
export function problem(
  c: Context<Api>,
  code: ProblemCode,
  detail: string,
  { errors, headers }: ProblemOptions = {},
): Response {
  const common = typeOf(code);
  const instance = `urn:uuid:${c.get("requestId")}`;
  const body = { ...common, detail, instance, ...(errors && { errors }) };
  return c.json(body, common.status, { "Content-Type": "application/problem+json", ...headers });
}

/** Answers what the schemas refused: 404 or 400 for a path, 400 for a query, 422 for a body. */
export function invalidInput(
  c: Context<Api>,
  { target, error }: { readonly target: string; readonly error: z.core.$ZodError },
  unknown: ProblemCode,
): Response {
  if (target === "param" && unknown !== "malformed-path") return problem(c, unknown, PROBLEMS[unknown][1]);
  const [code, errors] =
    target === "json"
      ? (["invalid-body", fieldErrors(error)] as const)
      : ([target === "param" ? "malformed-path" : "invalid-query", parameterErrors(error)] as const);
  return problem(c, code, errors.map(describe).join("; "), { errors });
}

/** Turns whatever was thrown into its answer. Only what nobody foresaw is a 500, and that shows nothing of the inside. */
export function onError(error: Error, c: Context<Api>): Response {
  if (error instanceof Refusal) return refused(c, error);
  if (error instanceof HTTPException && error.status === 400) {
    return problem(c, "malformed-body", "The body is not valid JSON");
  }
  const unavailability = unavailabilityOf(error, c.env);
  c.env.log("error", unavailability ? EVENTS[unavailability.code] : "request.failed", {
    request_id: c.get("requestId"),
    method: c.req.method,
    route: routeOf(c),
    reason: reasonOf(error),
    ...(!unavailability && { stack: framesOf(error) }),
  });
  if (unavailability) {
    const { code, detail, headers } = unavailability;
    return problem(c, code, detail, headers && { headers });
  }
  return problem(c, "internal-error", "Report this error together with the request id");
}

/** The log's words for what the database is at fault for. */
const EVENTS = { "temporarily-unavailable": "database.unavailable", "database-full": "database.full" } as const;

function refused(c: Context<Api>, { code, message, field }: Refusal): Response {
  const headers = RETRY_AFTER[code];
  if (field === undefined) return problem(c, code, message, headers && { headers });
  const place = field.startsWith("/") ? "pointer" : code === "malformed-header" ? "header" : "parameter";
  return problem(c, code, `${field}: ${message}`, { errors: [{ detail: message, [place]: field }] });
}

/** Refusals that pass by themselves, in seconds. */
const RETRY_AFTER: Partial<Record<RefusalCode, { "Retry-After": string }>> = {
  "not-yet-consistent": { "Retry-After": "1" },
  rebuilding: { "Retry-After": "5" },
};

/** One error as a sentence of the problem's detail. */
function describe(error: FieldError | ParameterError): string {
  const place = "pointer" in error ? error.pointer : error.parameter;
  return place === "" && "pointer" in error ? `The body ${error.detail}` : `${place}: ${error.detail}`;
}
