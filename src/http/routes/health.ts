import { createRoute } from "@hono/zod-openapi";
import { router } from "../api.ts";
import { content } from "../contract/content.ts";
import { problems } from "../contract/problems.ts";
import { forAnybody } from "../middleware/roles.ts";
import { health } from "../schemas/operations.ts";

const healthRoute = createRoute({
  method: "get",
  path: "/health",
  ...forAnybody,
  operationId: "getHealth",
  tags: ["Service"],
  summary: "Check that the service is up",
  description: "Does not check the database.",
  responses: { 200: content(health, "The service is up", { status: "ok" }), ...problems("anybody") },
});

export const healthRoutes = router().openapi(healthRoute, (c) => c.json({ status: "ok" as const }, 200));
