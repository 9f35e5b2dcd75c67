import type { Context } from "hono";
import type { CommandContext } from "../commands/execute.ts";
import type { IdempotencyKey } from "../commands/idempotency.ts";
import { Refusal } from "../errors.ts";
import { fingerprintOf } from "../sealed.ts";
import type { Api } from "./api.ts";
import { ENTITY_TAGS, entityTags, etag, includesTag } from "./etag.ts";

/** A key of 1 to 255 visible characters: bare, or as a string of structured fields (RFC 9651, section 3.3.3). */
export const IDEMPOTENCY_KEY = /^(?:([!#-~](?:[ !#-~]{0,253}[!#-~])?)|"((?:[ !#-[\]-~]|\\["\\]){1,255})")$/;

/**
 * The request's `Idempotency-Key`, as a quoted string or bare
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 *
 * @param request what tells this request from another: the validated body, or its text
 * @throws {@link Refusal} `malformed-header`
 */
export function idempotencyKeyOf(c: Context<Api>, request: unknown): IdempotencyKey | undefined {
  const header = c.req.header("Idempotency-Key");
  if (header === undefined) return undefined;
  const [, bare, quoted] = IDEMPOTENCY_KEY.exec(header.trim()) ?? [];
  const key = bare ?? quoted?.replaceAll(/\\(["\\])/g, "$1");
  if (key === undefined) {
    const detail = "must be 1 to 255 visible characters, bare or in double quotes";
    throw new Refusal("malformed-header", detail, "Idempotency-Key");
  }
  return { key, fingerprint: fingerprintOf(JSON.stringify([c.req.method, c.req.path, request])) };
}

/**
 * Whether the ticket may be changed at a version, as `If-Match` says. The comparison is weak, not strong as RFC 9110 (section 13.1.1) has
 * it: a proxy that compresses weakens the tags that it forwards, and a version means the same (docs/decisions/0017).
 *
 * @throws {@link Refusal} `malformed-header`
 */
function ifMatchOf(c: Context<Api>): (version: number) => boolean {
  const header = c.req.header("If-Match");
  if (header === undefined) return () => true;
  if (!ENTITY_TAGS.test(header)) {
    throw new Refusal("malformed-header", 'must be * or entity tags in double quotes, like "v3"', "If-Match");
  }
  const tags = entityTags(header);
  return (version) => includesTag(tags, etag(version));
}

/**
 * On whose behalf, and under which conditions, the request's command runs.
 *
 * @param request what tells this request from another with the same idempotency key
 */
export function contextOf(c: Context<Api>, request: unknown): CommandContext {
  const { token } = c.var.expectation;
  const { workspace_id, agent_id } = c.var.caller;
  return {
    ...{ workspace_id, agent_id },
    idempotencyKey: idempotencyKeyOf(c, request),
    mayChange: ifMatchOf(c),
    watched: { tickets: [...token.versions.keys()], seq: token.seq },
  };
}
