import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { Api } from "../api.ts";
import { problem } from "../problem.ts";

/** Refuses a body that is of another type, too large, or no UTF-8, before anything parses it. */
export function acceptBody(limits: {
  readonly types: readonly string[];
  readonly bytes: number;
  /** True if a body without a value means something: an import of no lines. */
  readonly mayBeEmpty: boolean;
}): [MiddlewareHandler<Api>, MiddlewareHandler<Api>, MiddlewareHandler<Api>] {
  const megabytes = limits.bytes / 1024 / 1024;
  return [
    createMiddleware<Api>(async (c, next) => {
      const header = c.req.header("Content-Type") ?? "";
      const type = header.split(";")[0]?.trim().toLowerCase() ?? "";
      const encoding = c.req.header("Content-Encoding")?.toLowerCase() ?? "identity";
      if (limits.types.includes(type) && encoding === "identity") {
        // The router knows fewer ways to write parameters than RFC 9110 (section 8.3.1) allows, and none matters here.
        if (header !== type) c.req.raw = withContentType(c.req.raw, type);
        return await next();
      }
      const detail = limits.types.includes(type)
        ? `Send ${type} without a Content-Encoding (got ${named(encoding)})`
        : `Send Content-Type: ${limits.types.join(" or ")} (got ${named(type)})`;
      return problem(c, "unsupported-media-type", detail, { headers: { "Accept-Post": limits.types.join(", ") } });
    }),
    bodyLimit({
      maxSize: limits.bytes,
      onError: (c) => problem(c, "body-too-large", `The body must not exceed ${megabytes} MB`),
    }),
    createMiddleware<Api>(async (c, next) => {
      // Handlers read this copy of the body; a decoder that is not fatal would put U+FFFD in.
      const content = contentOf(new Uint8Array(await c.req.arrayBuffer()));
      if (content === "binary") return problem(c, "malformed-body", "The body is not valid UTF-8");
      if (content === "blank" && !limits.mayBeEmpty) return problem(c, "malformed-body", "The body is empty");
      return await next();
    }),
  ];
}

/** Bytes that are decoded at a time: an import of 8 MB would be a text of up to 16 MB. */
const PIECE_BYTES = 64 * 1024;

function* textsOf(body: Uint8Array): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  for (let start = 0; start < body.length; start += PIECE_BYTES) {
    yield decoder.decode(body.subarray(start, start + PIECE_BYTES), { stream: true });
  }
  yield decoder.decode();
}

/** What a body is, told without holding its text. */
function contentOf(body: Uint8Array): "text" | "blank" | "binary" {
  let isBlank = true;
  try {
    for (const text of textsOf(body)) isBlank &&= text.trim() === "";
  } catch {
    return "binary";
  }
  return isBlank ? "blank" : "text";
}

/** The text of a body as a string of JSON, in pieces. */
export function* jsonStringOf(body: Uint8Array): Generator<string> {
  yield '"';
  for (const text of textsOf(body)) yield JSON.stringify(text).slice(1, -1);
  yield '"';
}

function withContentType(request: Request, type: string): Request {
  const headers = new Headers(request.headers);
  headers.set("Content-Type", type);
  return new Request(request, { headers });
}

/** A media type or coding as an answer repeats it; only what can be one, and not all of a long one. */
function named(value: string): string {
  if (value === "") return "none";
  return /^[\w!#$&^.+/-]{1,80}$/.test(value) ? value : "something else";
}

/** For commands. */
export const jsonBody = acceptBody({ types: ["application/json"], bytes: 1024 * 1024, mayBeEmpty: false });

/** For imports, one JSON object a line. */
export const ndjsonBody = acceptBody({
  types: ["application/x-ndjson", "application/jsonl"],
  bytes: 8 * 1024 * 1024,
  mayBeEmpty: true,
});
