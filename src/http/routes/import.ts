import { createRoute } from "@hono/zod-openapi";
import { importLineSchema } from "../../commands/import-line.ts";
import { importTickets } from "../../commands/import-tickets.ts";
import { instantOrNull } from "../../queries/instant.ts";
import { router } from "../api.ts";
import { content } from "../contract/content.ts";
import { IMPORT_LINES } from "../contract/examples.ts";
import { takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { setToken, tokenAfter } from "../headers/consistency-token.ts";
import { contextOf } from "../headers/preconditions.ts";
import { ndjsonBody } from "../middleware/body.ts";
import { requires } from "../middleware/roles.ts";
import { noQuery } from "../schemas/common.ts";
import { importResult } from "../schemas/tickets.ts";

const lines = {
  // OpenAPI 3.1 has no word for a sequence of documents: a text, each of whose lines is of that schema.
  schema: {
    type: "string",
    maxLength: 8 * 1024 * 1024,
    contentSchema: { $ref: "#/components/schemas/ImportLine" },
  } as const,
  example: IMPORT_LINES.map((line) => `${JSON.stringify(line)}\n`).join(""),
};

const importRoute = createRoute({
  method: "post",
  path: "/tickets/import",
  ...requires("admin"),
  operationId: "importTickets",
  tags: ["Tickets"],
  summary: "Import tickets with their conversations",
  description:
    "Each line is a JSON object with one ticket (see `ImportLine`). Valid lines are imported even if others are invalid. The response " +
    "counts the invalid lines and lists the first 1,000 of them. A line whose `external_id` already exists is skipped, so an import can " +
    "be repeated. On Cloudflare's free plan, one request imports about 5,000 lines. If lines are left, `next_line` is the line to " +
    "continue with.",
  middleware: ndjsonBody,
  ...takes("Idempotency-Key", "Consistency-Token"),
  request: {
    query: noQuery,
    body: {
      description: "Up to 10,000 lines and 8 MB of NDJSON (https://github.com/ndjson/ndjson-spec)",
      required: true,
      content: { "application/x-ndjson": lines, "application/jsonl": lines },
    },
  },
  responses: {
    200: content(
      importResult,
      "The result of the import",
      {
        ...{ taken: 2, repeated: 0, refused_count: 0, refused: [], refused_truncated: false },
        ...{ next_line: null, recorded_at: "2026-11-23T08:00:00.000Z" },
      },
      "Consistency-Token",
      "Idempotent-Replayed",
    ),
    ...problems(
      "admin",
      "malformed-body",
      "body-too-large",
      "too-many-lines",
      "unsupported-media-type",
      "concurrent-change",
      "idempotency-key-reused",
    ),
  },
});

const routes = router();
routes.openAPIRegistry.register("ImportLine", importLineSchema);

export const importRoutes = routes.openapi(importRoute, async (c) => {
  const body = new Uint8Array(await c.req.arrayBuffer());
  const outcome = await importTickets(c.env, contextOf(c, body), body);
  const { recorded_at, ...result } = outcome.answer;
  if (outcome.replayed) c.header("Idempotent-Replayed", "true");
  // The tickets are too many to name: the newest event stands for them.
  const token = { ...tokenAfter(c.var.expectation.token, outcome), seq: outcome.snapshot.newest_seq };
  setToken(c, token, outcome.snapshot.newest_seq);
  return c.json({ ...result, recorded_at: instantOrNull(recorded_at) }, 200);
});
