import { parseResponse } from "hono/client";
import { type CallOptions, requestOf, segment } from "./options.ts";
import type { Api } from "./service.ts";

/** What one does with customers. */
export function customers({ customers }: Api) {
  return {
    /**
     * Erases a customer: the texts of all their tickets, and who they are. It cannot be undone. Where `remaining` is not 0, the rest
     * follows by itself.
     */
    erase: (id: string, options?: CallOptions) =>
      parseResponse(customers[":customer_id"].$delete({ param: { customer_id: segment(id) } }, requestOf(options))),
  };
}
