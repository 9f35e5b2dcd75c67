import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Api, router } from "./api.ts";
import { authenticated, configured } from "./authentication.ts";
import { consistency } from "./consistency.ts";
import { onError, problem } from "./problem.ts";
import { readableQuery } from "./query.ts";
import { requestLog } from "./request-log.ts";
import { commandRoutes } from "./routes/commands.ts";
import { healthRoutes } from "./routes/health.ts";
import { importRoutes } from "./routes/import.ts";
import { operationRoutes } from "./routes/operations.ts";
import { projectionRoutes } from "./routes/projections.ts";
import { queryRoutes } from "./routes/queries.ts";

/** The HTTP door. It keeps no state: the dependencies of each request come in as its bindings. */
export const app = router();

app.use(requestLog, configured);
app.route("/", healthRoutes);
// Every route after this line needs a key.
app.use(authenticated, readableQuery, consistency);
for (const routes of [importRoutes, commandRoutes, queryRoutes, projectionRoutes, operationRoutes])
  app.route("/", routes);
for (const [path, allowed] of methodsByPath(app)) {
  app.all(path, (c) => problem(c, "method-not-allowed", `Use ${allowed}`, { headers: { Allow: allowed } }));
}
app.notFound((c) => problem(c, "route-not-found", `There is nothing at ${c.req.path}`));
app.onError(onError);

/** What each address takes, for the answer 405 (RFC 9110, section 15.5.6). */
function methodsByPath({ routes }: OpenAPIHono<Api>): [path: string, allowed: string][] {
  const byPath = Map.groupBy(
    routes.filter(({ method }) => method !== "ALL"),
    ({ path }) => path,
  );
  return [...byPath].map(([path, handlers]) => {
    const methods = new Set(handlers.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])));
    return [path, [...methods].join(", ")];
  });
}
