import type { PartError, ProblemCode } from "../http/types.ts";
import { EdgedeskProblem, UnexpectedAnswer } from "./errors.ts";

/** Characters of a strange answer that its error shows. */
const SHOWN = 200;

/**
 * What is wrong with an answer; undefined where it is one to go on with.
 *
 * @param request method and address
 */
export function errorIn(
  request: string,
  { status, ok, headers }: Response,
  text: string,
): EdgedeskProblem | UnexpectedAnswer | undefined {
  const contentType = headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const body = contentType.endsWith("json") ? parsed(text) : undefined;
  const isReadable = status === 204 || contentType === "text/plain" || body !== undefined;
  if (status === 304 || (ok && isReadable)) return undefined;
  const told = { status, retryAfter: retryAfter(headers), requestId: headers.get("X-Request-Id") ?? undefined };
  if (!ok && isProblem(body)) {
    const { type, title, detail, errors = [] } = body;
    return new EdgedeskProblem({ ...told, type: codeOf(type), title, detail, errors });
  }
  const leads = headers.get("Location");
  const said = leads === null ? `answered ${status} (${contentType || "no media type"})` : `leads to ${leads}`;
  const message = `${request} ${said}: that is not Edgedesk. Is the address right?`;
  return new UnexpectedAnswer(message, { ...told, contentType, beginning: text.slice(0, SHOWN) });
}

/** JSON; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A problem document as it comes. That its code is one of those known here is the service's word. */
interface Problem {
  readonly type: `/problems/${ProblemCode}`;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly PartError[];
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  if (!("type" in body && "title" in body && "detail" in body)) return false;
  const { type, title, detail } = body;
  const isWorded = typeof title === "string" && typeof detail === "string";
  return isWorded && typeof type === "string" && type.startsWith("/problems/");
}

function codeOf<Code extends string>(type: `/problems/${Code}`): Code;
function codeOf(type: string): string {
  return type.slice("/problems/".length);
}

/** Seconds, from either form (RFC 9110, section 10.2.3); undefined where it is missing or makes no sense. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("Retry-After") ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  // By the clock that wrote the date, where the answer tells it: one's own may differ.
  const now = Date.parse(headers.get("Date") ?? "") || Date.now();
  const seconds = (Date.parse(value) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
