import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { type Api, router } from "./api.ts";
import { boundedHeaders } from "./contract/parameters.ts";
import { consistency } from "./headers/consistency-token.ts";
import { readableAddress } from "./middleware/address.ts";
import { authenticate, requireRootKey } from "./middleware/authenticate.ts";
import { crossOrigin, secureHeaders } from "./middleware/cors.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { requestLog } from "./middleware/request-log.ts";
import { requireRole } from "./middleware/roles.ts";
import { onError, problem } from "./problem.ts";
import { suggestRoute } from "./route-suggestion.ts";
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

app.use(requestLog, ...secureHeaders, crossOrigin, requireRootKey);
app.route("/", openRoutes);
app.use(authenticate, rateLimit, readableAddress, boundedHeaders, consistency);
const [templates, fixed] = methodsByPath(openRoutes, keyedRoutes);
// Before the routes: `import` of `GET /tickets/import` is no ticket's id.
for (const [path, methods] of fixed) app.all(path, takesOnly(methods));
requireRole(app, keyedRoutes);
app.route("/", keyedRoutes);
for (const [path, methods] of templates) app.all(path, takesOnly(methods));
app.notFound((c) => {
  const meant = suggestRoute(c.req.path, ADDRESSES);
  const hint = meant ? ` (did you mean ${meant}?)` : ": GET /openapi.json lists all paths";
  return problem(c, "route-not-found", `There is no resource at this path${hint}`);
});
app.onError(onError);

/** All addresses, as the OpenAPI document writes them. */
const ADDRESSES = app.openAPIRegistry.definitions.flatMap((one) => (one.type === "route" ? [one.route.path] : []));

/** The methods that each address takes: of addresses with parameters, and of those without. */
function methodsByPath(...routers: readonly OpenAPIHono<Api>[]) {
  const handlers = routers.flatMap(({ routes }) => routes).filter(({ method }) => method !== "ALL");
  const byPath = [...Map.groupBy(handlers, ({ path }) => path)].map(([path, handlers]) => {
    const methods = new Set(handlers.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])));
    return [path, [...methods]] as const;
  });
  return [byPath.filter(([path]) => path.includes(":")), byPath.filter(([path]) => !path.includes(":"))] as const;
}

/** Refuses all methods but these (RFC 9110, section 15.5.6). */
function takesOnly(methods: readonly string[]) {
  const Allow = methods.join(", ");
  return createMiddleware<Api>(async (c, next) => {
    if (methods.includes(c.req.method)) return await next();
    const detail = `${c.req.method} is not allowed on this path; allowed: ${Allow}`;
    return problem(c, "method-not-allowed", detail, { headers: { Allow } });
  });
}
