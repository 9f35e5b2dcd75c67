import type { Context } from "hono";
import type { CommandContext } from "../../commands/transact.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { IdempotencyKey } from "../../platform/idempotency.ts";
import { fingerprintOf } from "../../platform/sealed.ts";
import type { Api } from "../api.ts";
import { jsonStringOf } from "../middleware/body.ts";
import { ENTITY_TAGS, entityTags, etag, includesTag } from "./etag.ts";

/** A key of 1 to 255 visible characters: bare, or as a string of structured fields (RFC 9651, section 3.3.3). */
export const IDEMPOTENCY_KEY = /^(?:([!#-~](?:[ !#-~]{0,253}[!#-~])?)|"((?:[ !#-[\]-~]|\\["\\]){1,255})")$/;

/**
 * The request's `Idempotency-Key`, as a quoted string or bare
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 *
 * @param request what tells this request from another: the validated body, or the bytes of a text
 * @throws {@link Refusal} `malformed-header`
 */
export function idempotencyKeyOf(c: Context<Api>, request: unknown): IdempotencyKey | undefined {
  const header = c.req.header("Idempotency-Key");
  if (header === undefined) return undefined;
  const [, bare, quoted] = IDEMPOTENCY_KEY.exec(header.trim()) ?? [];
  const key = bare ?? quoted?.replaceAll(/\\(["\\])/g, "$1");
  if (key === undefined) {
    const detail = "must be 1 to 255 visible ASCII characters, optionally in double quotes";
    throw new Refusal("malformed-header", detail, "Idempotency-Key");
  }
  const path = c.req.path.replaceAll(UUID, (id) => id.toLowerCase());
  return { key, fingerprint: fingerprintOf(piecesOf([c.req.method, path], request)) };
}

/** An id in a path: written in capitals, the request is still the same. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** The JSON of an array, in pieces: an import is too large to be written twice. */
function* piecesOf(head: readonly string[], request: unknown): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},`;
  if (request instanceof Uint8Array) yield* jsonStringOf(request);
  else yield JSON.stringify(request) ?? "null";
  yield "]";
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
    throw new Refusal("malformed-header", 'must be * or quoted entity tags, such as "v3"', "If-Match");
  }
  const tags = entityTags(header);
  return (version) => includesTag(tags, etag(version));
}

/**
 * On whose behalf, and under which conditions, the request's command runs.
 *
 * @param request what tells this request from another with the same idempotency key: the validated body, or the bytes of a text
 */
export function contextOf(c: Context<Api>, request: unknown): CommandContext {
  const { token } = c.var.expectation;
  const { workspace_id, agent_id } = c.var.caller;
  return {
    ...{ workspace_id, agent_id },
    idempotencyKey: idempotencyKeyOf(c, request),
    mayChange: ifMatchOf(c),
    readerToken: { tickets: [...token.versions.keys()], seq: token.seq },
  };
}
