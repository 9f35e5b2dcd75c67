import { parseResponse } from "hono/client";
import type { Api, BodyOf, KeyQuery } from "../http/types.ts";
import { KeyNotShown } from "./errors.ts";
import { type CallOptions, requestOf, segment, type WriteOptions } from "./options.ts";
import { listing } from "./pages.ts";

/** What one does with keys. */
export function keys({ keys }: Api) {
  return {
    /**
     * Makes a key. Its text, in `key`, is in this answer only and kept nowhere: store it.
     *
     * @throws {@link KeyNotShown} where an earlier try or call with the same idempotency key has made it, and its answer is gone
     */
    create: async (wish: BodyOf<typeof keys.$post>, options?: WriteOptions) => {
      const { key, ...made } = await parseResponse(keys.$post({ json: wish }, requestOf(options)));
      if (key === null) throw new KeyNotShown(made.id);
      return { ...made, key };
    },

    /** The keys of the workspace, or for the root key of all, the newest first. */
    list: (query: KeyQuery = {}, options?: CallOptions) =>
      listing((cursor = query.cursor) => parseResponse(keys.$get({ query: { ...query, cursor } }, requestOf(options)))),

    /** Revokes a key: within 30 seconds it opens nothing anywhere. */
    revoke: (id: string, options?: CallOptions) =>
      parseResponse(keys[":id"].$delete({ param: { id: segment(id) } }, requestOf(options))),
  };
}
