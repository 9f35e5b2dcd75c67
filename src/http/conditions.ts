import type { Context } from "hono";
import type { CommandContext } from "../commands/execute.ts";
import type { IdempotencyKey } from "../commands/idempotency.ts";
import { Refusal } from "../errors.ts";
import { fingerprintOf } from "../sealed.ts";
import type { Api } from "./api.ts";
import { etag } from "./etag.ts";

const LONGEST_KEY = 255;

/**
 * The request's `Idempotency-Key`, as a quoted string or bare
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 *
 * @param request what tells this request from another: the validated body, or its text
 * @throws {@link Refusal} `malformed-header`
 */
function idempotencyKeyOf(c: Context<Api>, request: unknown): IdempotencyKey | undefined {
  const header = c.req.header("Idempotency-Key");
  if (header === undefined) return undefined;
  const key = unquoted(header.trim());
  if (key === undefined || key === "" || key.length > LONGEST_KEY) {
    const detail = `must be 1 to ${LONGEST_KEY} visible characters, bare or in double quotes`;
    throw new Refusal("malformed-header", detail, "Idempotency-Key");
  }
  return { key, fingerprint: fingerprintOf(JSON.stringify([c.req.method, c.req.path, request])) };
}

/** A string of structured fields (RFC 9651, section 3.3.3), or text without quotes. */
function unquoted(text: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  if (!text.startsWith('"')) return text.includes('"') ? undefined : text;
  const [, inside] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text) ?? [];
  return inside?.replaceAll(/\\(["\\])/g, "$1");
}

const ENTITY_TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const ENTITY_TAGS = new RegExp(`^${ENTITY_TAG}(?:\\s*,\\s*${ENTITY_TAG})*$`);

/**
 * What `If-Match` says: whether the ticket may be changed at a version. Strong comparison: a weak tag never matches
 * (RFC 9110, section 13.1.1).
 *
 * @throws {@link Refusal} `malformed-header`
 */
function ifMatchOf(c: Context<Api>): (version: number) => boolean {
  const header = c.req.header("If-Match")?.trim();
  if (header === undefined || header === "*") return () => true;
  if (!ENTITY_TAGS.test(header)) {
    throw new Refusal("malformed-header", 'must be * or entity tags in double quotes, like "v3"', "If-Match");
  }
  const tags = header.split(",").map((tag) => tag.trim());
  return (version) => tags.includes(etag(version));
}

/**
 * On whose behalf, and under which conditions, the request's command runs.
 *
 * @param request what tells this request from another with the same idempotency key
 */
export function contextOf(c: Context<Api>, request: unknown): CommandContext {
  const { token } = c.var.expectation;
  return {
    ...c.var.caller,
    idempotencyKey: idempotencyKeyOf(c, request),
    mayChange: ifMatchOf(c),
    watched: { tickets: [...token.versions.keys()], seq: token.seq },
  };
}
