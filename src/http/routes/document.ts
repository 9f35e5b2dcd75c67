import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { fingerprintOf } from "../../platform/sealed.ts";
import { type Api, router } from "../api.ts";
import { content, notModified } from "../contract/content.ts";
import { VERSION } from "../contract/introduction.ts";
import { boundedHeaders, takes } from "../contract/parameters.ts";
import { problems } from "../contract/problems.ts";
import { entityTags, includesTag } from "../headers/etag.ts";
import { forAnybody } from "../middleware/roles.ts";
import { openApiDocument } from "../openapi.ts";

const document = z.looseObject({ openapi: z.string().max(16) });

const documentRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  ...forAnybody,
  middleware: boundedHeaders,
  operationId: "getOpenApiDocument",
  tags: ["Service"],
  summary: "Get the OpenAPI document",
  description: "Returns this document (https://spec.openapis.org/oas/v3.1.1). It changes only with a deployment.",
  ...takes("If-None-Match"),
  responses: {
    200: content(
      document,
      "The OpenAPI document",
      { openapi: "3.1.1", info: { title: "Edgedesk", version: VERSION } },
      "ETag",
    ),
    304: notModified(),
    ...problems("anybody", "malformed-header"),
  },
});

/**
 * The contract, for anybody. It is written at the first request, once in an isolate.
 *
 * @param routes gives the router that the contract is about
 */
export function documentRoutes(routes: () => OpenAPIHono<Api>) {
  let written: { readonly text: string; readonly tag: string } | undefined;
  return router().openapi(documentRoute, (c) => {
    written ??= write(routes());
    c.header("ETag", written.tag);
    c.header("Cache-Control", "public, max-age=300");
    if (includesTag(entityTags(c.req.header("If-None-Match")), written.tag)) return c.body(null, 304);
    return c.body(written.text, 200, { "Content-Type": "application/json" });
  });
}

function write(routes: OpenAPIHono<Api>) {
  const text = JSON.stringify(openApiDocument(routes));
  return { text, tag: `"${fingerprintOf(text)}"` };
}
