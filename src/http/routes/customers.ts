import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { eraseCustomer } from "../../erasure/erase-customer.ts";
import { laterBookmark } from "../../projection/consistency/token.ts";
import { type Api, router } from "../api.ts";
import { content } from "../contract/content.ts";
import { takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { giveToken } from "../headers/consistency-token.ts";
import { requires } from "../middleware/roles.ts";
import { count, givenId, noQuery } from "../schemas/tickets.ts";

const erasure = z
  .object({
    erased: count.openapi({ description: "Tickets that this request has erased", example: 12 }),
    remaining: count.openapi({ description: "Tickets that are left: they follow automatically", example: 0 }),
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
    "Takes the texts and all that is personal from every ticket of the customer that is recorded by now: subject, messages, notes, tags, " +
    "`customer_id` and `external_id`, in the ticket, its history, lists and search. The tickets themselves stay, with status, times and " +
    "agents, so that all counts stay. They take no texts any more. It cannot be undone. A customer who is unknown, or who is erased " +
    "already, gets the same answer, with 0. Ids are compared exactly: case, blanks and Unicode form matter. Tickets that are created " +
    "later are new ones.",
  ...takes("Consistency-Token"),
  request: {
    params: z.object({
      customer_id: givenId.openapi({ description: "Who asked, in your own ids", example: "cus_4711" }),
    }),
    query: noQuery,
  },
  responses: {
    200: content(erasure, "It is done", { erased: 12, remaining: 0 }, "Consistency-Token"),
    202: content(
      erasure,
      "The erasure goes on after the answer, because there are many tickets, others kept changing one of them, or one failed. A repeated " +
        "request says how far it is",
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
  giveToken(c, { ...token, bookmark: laterBookmark(token.bookmark, bookmark), seq: newestSeq }, newestSeq);
  return { erased, remaining };
}
