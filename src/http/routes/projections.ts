import { createRoute } from "@hono/zod-openapi";
import { projectionFigures } from "../../projection/figures.ts";
import { router } from "../api.ts";
import { content, problems, projections } from "../schemas.ts";

const figuresRoute = createRoute({
  method: "get",
  path: "/projections",
  summary: "How far the read model is behind",
  responses: { 200: content(projections, "The figures"), ...problems(401) },
});

export const projectionRoutes = router().openapi(figuresRoute, async (c) =>
  c.json(await projectionFigures(c.env, c.var.caller.workspace_id), 200),
);
