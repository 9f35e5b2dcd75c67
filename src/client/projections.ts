import { parseResponse } from "hono/client";
import type { Api } from "../http/types.ts";
import { type CallOptions, requestOf, segment } from "./options.ts";

/** How the read model stands, and what an operator does about it; all with the root key. */
export function projections({ projections, metrics }: Api) {
  const { rebuild, audit, parked } = projections;
  return {
    /** What is behind, parked, silent or wrong, and whether all is well. */
    status: (options?: CallOptions) => parseResponse(projections.$get({}, requestOf(options))),

    /** The same as Prometheus reads it. */
    metrics: (options?: CallOptions) => parseResponse(metrics.$get({}, requestOf(options))),

    /** How the latest rebuild stands. */
    rebuild: (options?: CallOptions) => parseResponse(rebuild.$get({}, requestOf(options))),

    /** Writes every row again, from the source. One that is under way goes on. */
    startRebuild: (options?: CallOptions) => parseResponse(rebuild.$post({}, requestOf(options))),

    /** Ends the rebuild that is under way; what it has written stays. */
    cancelRebuild: (options?: CallOptions) => parseResponse(rebuild.$delete({}, requestOf(options))),

    /** How the audit stands, and what audits have found. */
    audit: (options?: CallOptions) => parseResponse(audit.$get({}, requestOf(options))),

    /** Compares every row with its source, and mends what differs. One that is under way goes on. */
    startAudit: (options?: CallOptions) => parseResponse(audit.$post({}, requestOf(options))),

    /** Tickets that could not be projected, the longest parked first; up to 100. */
    parked: (options?: CallOptions) => parseResponse(parked.$get({}, requestOf(options))),

    /** Tries a parked ticket at once. */
    retry: (ticketId: string, options?: CallOptions) =>
      parseResponse(parked[":ticket_id"].retry.$post({ param: { ticket_id: segment(ticketId) } }, requestOf(options))),

    /** Sends all parked tickets to the queue again. */
    retryAll: (options?: CallOptions) => parseResponse(parked.retry.$post({}, requestOf(options))),

    /** Messages that nobody could read, the newest first; up to 100. */
    deadLetters: (options?: CallOptions) => parseResponse(projections["dead-letters"].$get({}, requestOf(options))),
  };
}
