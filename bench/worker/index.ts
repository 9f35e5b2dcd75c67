import { makeDeps } from "../../src/deps.ts";
import { router } from "../../src/http/api.ts";
import { authenticated, configured } from "../../src/http/authentication.ts";
import { crossOrigin, secured } from "../../src/http/browser.ts";
import { consistency } from "../../src/http/consistency.ts";
import { readableQuery } from "../../src/http/query.ts";
import { limited } from "../../src/http/rate-limit.ts";
import { requestLog } from "../../src/http/request-log.ts";
import { createWorker } from "../../src/worker.ts";

const worker = createWorker(makeDeps);

/** The address of {@link floor}. */
const FLOOR = "/bench/select-1";

/** The floor of any request that reads a database: through the same door as a list, then one call that reads nothing. */
const floor = router()
  .use(requestLog, ...secured, crossOrigin, configured, authenticated, limited, readableQuery, consistency)
  .get(FLOOR, async (c) => {
    const session = c.env.databaseFor(c.get("caller").workspace_id).session("first-unconstrained");
    const [rows] = await session.batch({ sql: "SELECT 1 AS one", params: [] });
    return c.json({ rows: rows.length });
  });

/** The service as it is deployed, and beside it what only the bench asks for. */
export default {
  ...worker,
  fetch: async (request, env, context) => {
    const isFloor = new URL(request.url).pathname === FLOOR;
    return isFloor ? await floor.fetch(request, makeDeps(env, context)) : await worker.fetch(request, env, context);
  },
} satisfies ExportedHandler<Cloudflare.Env>;
