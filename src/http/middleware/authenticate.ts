import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Barred } from "../../keys/access.ts";
import { isKeyLike } from "../../keys/key.ts";
import { type Identified, identify } from "../../keys/key-ring.ts";
import { fingerprintOf, isEqual } from "../../platform/sealed.ts";
import type { Api, Caller } from "../api.ts";
import { problem } from "../problem.ts";
import { clientAddress, isWithin, PERIOD_S, tooMany } from "./rate-limit.ts";

/** The workspace that the root key acts in, and whose keys it makes unless told otherwise. */
export const ROOT_WORKSPACE = "default";

const ROOT: Caller = { workspace_id: ROOT_WORKSPACE, agent_id: null, role: "root", key_id: null };

/** Addresses that an isolate remembers; the one barred longest ago is forgotten first. */
const MAX_BARRED = 10_000;

/** What a key that opens nothing is told. Only who has the whole key learns more than "not known". */
const REFUSED: Readonly<Record<Exclude<Identified, object | "too-many"> | "no-key", string>> = {
  "no-key": "This is not a valid key: keys start with edk_",
  damaged: "The key is damaged: a character is missing or wrong",
  unknown: "The key is unknown",
  revoked: "The key has been revoked",
  expired: "The key has expired",
};

/** Refuses every request while the service has no key of its own: it never runs open. */
export const requireRootKey = createMiddleware<Api>(async (c, next) => {
  if (c.env.access.rootKey) return await next();
  c.env.log("error", "not_configured", { reason: "the secret ROOT_KEY is not set: wrangler secret put ROOT_KEY" });
  return problem(c, "not-configured", "The secret ROOT_KEY is not set", { headers: { "Retry-After": "60" } });
});

/** Lets only a caller with a valid key pass, as a bearer token (RFC 6750). */
export const authenticate = createMiddleware<Api>(async (c, next) => {
  const [, text] = /^Bearer +([^\s]+)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
  if (text === undefined) return unauthorized(c, "Send the key as `Authorization: Bearer <key>`");
  const caller = await callerOf(c, text);
  if (caller === "too-many") return tooMany(c, "Too many keys were tried from this IP address");
  if (typeof caller === "string") return unauthorized(c, REFUSED[caller]);
  c.set("caller", caller);
  return await next();
});

async function callerOf(c: Context<Api>, text: string): Promise<Caller | Exclude<Identified, object> | "no-key"> {
  const { rootKey = "", keyRing, lookupLimit, barred } = c.env.access;
  const address = clientAddress(c);
  const mayGuess = !isBarred(barred, address, c.env.clock());
  // Digests have one length, so that the comparison tells nothing of the key's.
  if (mayGuess && isEqual(fingerprintOf(text), fingerprintOf(rootKey))) return ROOT;
  const mayAsk = () => isWithin(c, lookupLimit, address);
  if (!isKeyLike(text)) {
    if (mayGuess && (await mayAsk())) return "no-key";
    if (mayGuess) bar(barred, address, c.env.clock());
    return "too-many";
  }
  const key = await identify(keyRing, text, c.env.clock, mayAsk);
  if (typeof key === "string") return key;
  return { workspace_id: key.workspace_id, agent_id: key.agent_id, role: key.role, key_id: key.id };
}

/**
 * Whether guesses at the root key from this address are not even compared: a limit that only counts them would let the right one through. A
 * moment further ahead than a period was set by a clock that has jumped back since.
 */
function isBarred(barred: Barred, address: string, now: number): boolean {
  const left = (barred.get(address) ?? 0) - now;
  return left > 0 && left <= PERIOD_S * 1000;
}

function bar(barred: Barred, address: string, now: number): void {
  const [oldest] = barred.keys();
  if (barred.size >= MAX_BARRED && oldest !== undefined) barred.delete(oldest);
  barred.delete(address);
  barred.set(address, now + PERIOD_S * 1000);
}

function unauthorized(c: Context<Api>, detail: string): Response {
  return problem(c, "unauthorized", detail, { headers: { "WWW-Authenticate": 'Bearer realm="edgedesk"' } });
}
