import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Outcome } from "../../commands/transact.ts";
import { Refusal } from "../../domain/refusal.ts";
import { SALT_BYTES, type Seal } from "../../platform/sealed.ts";
import { DEFAULT_WAIT_MS, type Expectation } from "../../projection/consistency/fresh-read.ts";
import {
  EMPTY_TOKEN,
  formatToken,
  laterBookmark,
  mergeTokens,
  parseToken,
  type Token,
} from "../../projection/consistency/token.ts";
import type { Api } from "../api.ts";

/** The header of requests and responses that carries the changes that a client has seen. */
export const CONSISTENCY_TOKEN = "Consistency-Token";

/** The longest wait of a list, in seconds. */
export const MAX_WAIT_S = 25;

/** Reads the consistency headers of a request. A malformed header is rejected before anything else happens. */
export const consistency = createMiddleware<Api>(async (c, next) => {
  // First of all: a command that has taken effect must not fail because the key that seals its token cannot be read.
  c.set("seal", await c.env.seal());
  c.set("expectation", expectationOf(c));
  await next();
});

/**
 * The expectation of a request: tokens or `latest`, and the longest wait (`Prefer: wait=N`, RFC 7240).
 *
 * @throws {@link Refusal} `malformed-header`
 */
function expectationOf(c: Context<Api>): Expectation {
  const given = (c.req.header(CONSISTENCY_TOKEN) ?? "").split(",").map((part) => part.trim());
  const texts = given.filter((part) => part !== "");
  const token = texts
    .filter((text) => text !== "latest")
    .reduce((all, text) => mergeTokens(all, read(c.var.seal, text)), EMPTY_TOKEN);
  const preferred = preferredWait(c);
  const wait = preferred === undefined ? DEFAULT_WAIT_MS : preferred * 1000;
  return { token, latest: texts.includes("latest"), wait };
}

function read(seal: Seal, text: string): Token {
  const token = parseToken(seal, text);
  if (token) return token;
  throw new Refusal("malformed-header", "is not a valid token: send tokens exactly as received", CONSISTENCY_TOKEN);
}

/** The preferred wait in seconds, at most {@link MAX_WAIT_S}; undefined without a preference. */
function preferredWait(c: Context<Api>): number | undefined {
  const [, seconds] = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(c.req.header("Prefer") ?? "") ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_S);
}

/** Tells the client which of its preferences was followed (RFC 7240, section 3). */
export function applyPreference(c: Context<Api>): void {
  const wait = preferredWait(c);
  if (wait !== undefined) c.header("Preference-Applied", `wait=${wait}`);
}

/**
 * Sets the token of a response.
 *
 * @param newestSeq `seq` of the newest event. A request's `latest` becomes a token up to this event, because the client has not seen
 * all of it yet
 * @param showsLatest true if the response already shows everything that `latest` asked for
 */
export function setToken(c: Context<Api>, token: Token, newestSeq: number, { showsLatest = false } = {}): void {
  const carried = c.var.expectation.latest && !showsLatest ? { ...token, seq: newestSeq } : token;
  c.header(CONSISTENCY_TOKEN, formatToken(c.var.seal, carried, newestSeq, c.env.access.randomBytes(SALT_BYTES)));
}

/**
 * The token after a command names the ticket at its version. Tickets that the commit saw projected are dropped, but only if an event was
 * written: a read before the decision proves nothing about the snapshot of the bookmark.
 */
export function tokenAfter(token: Token, { wrote, snapshot, bookmark }: Outcome<unknown>): Token {
  const behind = new Set<string>(JSON.parse(snapshot.behind));
  return {
    bookmark: laterBookmark(token.bookmark, bookmark),
    seq: wrote && snapshot.seq_behind === 0 ? null : token.seq,
    versions: wrote ? new Map([...token.versions].filter(([id]) => behind.has(id))) : token.versions,
  };
}

/** The token of a client that has also seen a ticket at a version. */
export function tokenWith(token: Token, id: string, version: number): Token {
  return mergeTokens(token, { ...EMPTY_TOKEN, versions: new Map([[id, version]]) });
}
