import { parseResponse } from "hono/client";
import type { Api } from "../http/types.ts";
import { type CallOptions, requestOf, segment } from "./options.ts";

/** What one does with customers. */
export function customers({ customers }: Api) {
  return {
    /**
     * Erases a customer: the texts of all their tickets, and who they are. It cannot be undone. If `remaining` is not 0 (202), tickets are
     * left, because there are many, others kept changing one, or one failed. They follow automatically; repeat the call to see how far it is.
     *
     * @param id compared exactly: case, blanks and Unicode form matter
     */
    erase: (id: string, options?: CallOptions) =>
      parseResponse(customers[":customer_id"].$delete({ param: { customer_id: segment(id) } }, requestOf(options))),
  };
}
