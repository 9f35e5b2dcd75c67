import { createRoute } from "@hono/zod-openapi";
import { router } from "../api.ts";
import { health } from "../operations-schemas.ts";
import { content } from "../schemas.ts";

const healthRoute = createRoute({
  method: "get",
  path: "/health",
  summary: "Is the Worker up? Asks no database",
  responses: { 200: content(health, "It is") },
});

export const healthRoutes = router().openapi(healthRoute, (c) => c.json({ status: "ok" as const }, 200));
