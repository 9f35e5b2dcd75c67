import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { eraseCustomer } from "../../erasure/erase-customer.ts";
import { laterBookmark } from "../../projection/consistency/token.ts";
import { type Api, router } from "../api.ts";
import { content } from "../contract/content.ts";
import { takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { setToken } from "../headers/consistency-token.ts";
import { requires } from "../middleware/roles.ts";
import { count, givenId, noQuery } from "../schemas/common.ts";

const erasure = z
  .object({
    erased: count.openapi({ description: "Tickets erased by this request", example: 12 }),
    remaining: count.openapi({
      description: "Tickets still to be erased; the service erases them automatically",
      example: 0,
    }),
  })
  .openapi("Erasure");

const eraseRoute = createRoute({
  method: "delete",
  path: "/customers/{customer_id}",
  ...requires("admin"),
  operationId: "eraseCustomer",
  tags: ["Customers"],
  summary: "Erase a customer",
  description:
    "Permanently removes personal data from all existing tickets of the customer: subject, messages, notes, tags, `customer_id` and " +
    "`external_id`. The data is removed from tickets, history, lists and search. The tickets keep their status, times and agents, so " +
    "counts do not change. Erased tickets accept no new text. An erasure cannot be undone. For an unknown or already erased customer, " +
    "the response has `erased: 0`. Ids are compared exactly, including case, whitespace and Unicode form. Tickets created later are not " +
    "affected.",
  ...takes("Consistency-Token"),
  request: {
    params: z.object({
      customer_id: givenId.openapi({ description: "The customer's id in your system", example: "cus_4711" }),
    }),
    query: noQuery,
  },
  responses: {
    200: content(erasure, "All tickets of the customer are erased", { erased: 12, remaining: 0 }, "Consistency-Token"),
    202: content(
      erasure,
      "The erasure continues in the background, because the customer has many tickets, a ticket kept changing, or a ticket failed. " +
        "Repeat the request to see the progress",
      { erased: 2_000, remaining: 1_500 },
      "Consistency-Token",
    ),
    ...problems("admin", "malformed-path"),
  },
});

export const customerRoutes = router("malformed-path").openapi(eraseRoute, async (c) => {
  const { workspace_id, agent_id } = c.var.caller;
  const { customer_id } = c.req.valid("param");
  const { erased, remaining } = await erase(c, { workspace_id, agent_id, customer_id });
  return remaining === 0 ? c.json({ erased, remaining }, 200) : c.json({ erased, remaining }, 202);
});

async function erase(c: Context<Api>, request: Parameters<typeof eraseCustomer>[1]) {
  c.set("hidesWork", true);
  const { token } = c.var.expectation;
  const { erased, remaining, newestSeq, bookmark } = await eraseCustomer(c.env, request);
  // The tickets may be too many to name: the newest event stands for them.
  setToken(c, { ...token, bookmark: laterBookmark(token.bookmark, bookmark), seq: newestSeq }, newestSeq);
  return { erased, remaining };
}
