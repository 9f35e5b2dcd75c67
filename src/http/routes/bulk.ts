import { createRoute } from "@hono/zod-openapi";
import { type BulkResult, changeTickets } from "../../commands/change-tickets.ts";
import { Refusal } from "../../domain/refusal.ts";
import { router } from "../api.ts";
import { body, content } from "../contract/content.ts";
import { BULK_RESULT, EXAMPLE_ID, OTHER_ID } from "../contract/examples.ts";
import { takes } from "../contract/parameters.ts";
import { OF_BODY, problems } from "../contract/problems.ts";
import { setToken, tokenAfter, tokenWith } from "../headers/consistency-token.ts";
import { contextOf } from "../headers/preconditions.ts";
import { jsonBody } from "../middleware/body.ts";
import { requires } from "../middleware/roles.ts";
import { typeOf } from "../problem.ts";
import { bulkBody } from "../schemas/commands.ts";
import { noQuery } from "../schemas/common.ts";
import { bulkResult } from "../schemas/tickets.ts";

const bulkRoute = createRoute({
  method: "post",
  path: "/tickets/bulk",
  ...requires("agent"),
  operationId: "changeTickets",
  tags: ["Tickets"],
  summary: "Change several tickets",
  description:
    "Runs one command on up to 100 tickets. Each ticket has its own result, in the order of `ids`, and a failure does not affect the other " +
    "tickets. A ticket that other requests keep changing gets `concurrent-change`; the whole request fails with it only if no ticket " +
    "could be changed. `If-Match` is not supported.",
  middleware: jsonBody,
  ...takes("Idempotency-Key", "Consistency-Token"),
  request: {
    query: noQuery,
    body: body(bulkBody, "The tickets and the command", {
      ids: [EXAMPLE_ID, OTHER_ID],
      command: { type: "UpdateStatus", new_status: "pending" },
    }),
  },
  responses: {
    200: content(bulkResult, "One result for each ticket", BULK_RESULT, "Consistency-Token", "Idempotent-Replayed"),
    ...problems("agent", ...OF_BODY, "concurrent-change", "idempotency-key-reused"),
  },
});

export const bulkRoutes = router().openapi(bulkRoute, async (c) => {
  const body = c.req.valid("json");
  const context = contextOf(c, body);
  if (c.req.header("If-Match") !== undefined) {
    const detail = "is not supported for bulk requests: each ticket has its own version";
    throw new Refusal("malformed-header", detail, "If-Match");
  }
  const outcome = await changeTickets(c.env, context, body.ids, body.command);
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  const token = outcome.answer.reduce(
    (seen, result) => ("version" in result ? tokenWith(seen, result.id, result.version) : seen),
    tokenAfter(c.var.expectation.token, outcome),
  );
  setToken(c, token, outcome.snapshot.newest_seq);
  return c.json({ results: outcome.answer.map(toItem) }, 200);
});

function toItem(result: BulkResult) {
  if ("version" in result) return { id: result.id, status: 200 as const, version: result.version };
  const { id, refusal, detail } = result;
  const common = typeOf(refusal);
  return { id, status: common.status === 404 ? (404 as const) : (409 as const), problem: { ...common, detail } };
}
