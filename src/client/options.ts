import type { ClientRequestOptions } from "hono/client";

/** For any request. */
export interface CallOptions {
  /** Calls it off: the request that is under way, and all further tries. */
  readonly signal?: AbortSignal | undefined;
}

/** For a request that changes something. */
export interface WriteOptions extends CallOptions {
  /**
   * Two requests with the same key within 24 hours take effect once. Without one, each call makes its own and keeps it over its tries. Give
   * one that you have stored, and the call can be repeated safely after your own process has died.
   */
  readonly idempotencyKey?: string | undefined;
}

/** For a change of a ticket. */
export interface ChangeOptions extends WriteOptions {
  /** Only if the ticket is at this version; otherwise the problem `precondition-failed`. */
  readonly ifMatch?: number | undefined;
}

/** For a list of tickets, and for their numbers. */
export interface ListOptions extends CallOptions {
  /** Show everything recorded so far, not only what this client has written and seen. */
  readonly latest?: boolean | undefined;
  /** Seconds to wait until the list shows that, 0 to 25; 5 without it. */
  readonly wait?: number | undefined;
}

/** What hono's client takes. */
export function requestOf({
  signal,
  idempotencyKey,
  ifMatch,
  latest,
  wait,
}: ChangeOptions & ListOptions = {}): ClientRequestOptions {
  const headers = {
    ...(idempotencyKey !== undefined && { "Idempotency-Key": idempotencyKey }),
    ...(ifMatch !== undefined && { "If-Match": `"v${ifMatch}"` }),
    ...(latest && { "Consistency-Token": "latest" }),
    ...(wait !== undefined && { Prefer: `wait=${wait}` }),
  };
  return { headers, init: { signal: signal ?? null } };
}

/** An id as a part of an address: whatever is in it, the address stays the one that is meant. */
export function segment(id: string): string {
  if (["", ".", ".."].includes(id)) throw new TypeError(`"${id}" is no id`);
  return encodeURIComponent(id);
}
