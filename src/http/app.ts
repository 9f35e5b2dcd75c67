import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Api, router } from "./api.ts";
import { authenticated, configured } from "./authentication.ts";
import { crossOrigin, secured } from "./browser.ts";
import { consistency } from "./consistency.ts";
import { onError, problem } from "./problem.ts";
import { readableQuery } from "./query.ts";
import { limited } from "./rate-limit.ts";
import { requestLog } from "./request-log.ts";
import { guard } from "./roles.ts";
import { bulkRoutes } from "./routes/bulk.ts";
import { commandRoutes } from "./routes/commands.ts";
import { customerRoutes } from "./routes/customers.ts";
import { documentRoutes } from "./routes/document.ts";
import { feedRoutes } from "./routes/feed.ts";
import { healthRoutes } from "./routes/health.ts";
import { importRoutes } from "./routes/import.ts";
import { keyRoutes } from "./routes/keys.ts";
import { operationRoutes } from "./routes/operations.ts";
import { projectionRoutes } from "./routes/projections.ts";
import { queryRoutes } from "./routes/queries.ts";
import { statsRoutes } from "./routes/stats.ts";

/** Routes that ask for no key. */
const openRoutes = router()
  .route("/", healthRoutes)
  .route(
    "/",
    documentRoutes(() => app),
  );

/** Routes that do, each for the role that its definition names. */
const keyedRoutes = router()
  .route("/", importRoutes)
  .route("/", commandRoutes)
  .route("/", bulkRoutes)
  .route("/", queryRoutes)
  .route("/", customerRoutes)
  .route("/", feedRoutes)
  .route("/", statsRoutes)
  .route("/", keyRoutes)
  .route("/", projectionRoutes)
  .route("/", operationRoutes);

/** The types of all routes, for a typed client. */
export type Routes = typeof openRoutes | typeof keyedRoutes;

/** The HTTP door. It keeps no state: the dependencies of each request come in as its bindings. */
export const app: OpenAPIHono<Api> = router();

app.use(requestLog, ...secured, crossOrigin, configured);
app.route("/", openRoutes);
app.use(authenticated, limited, readableQuery, consistency);
guard(app, keyedRoutes);
app.route("/", keyedRoutes);
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
