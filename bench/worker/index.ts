import { router } from "../../src/http/api.ts";
import { consistency } from "../../src/http/headers/consistency-token.ts";
import { readableAddress } from "../../src/http/middleware/address.ts";
import { authenticate, requireRootKey } from "../../src/http/middleware/authenticate.ts";
import { crossOrigin, secureHeaders } from "../../src/http/middleware/cors.ts";
import { rateLimit } from "../../src/http/middleware/rate-limit.ts";
import { requestLog } from "../../src/http/middleware/request-log.ts";
import { createRuntime } from "../../src/runtime.ts";
import { createWorker } from "../../src/worker.ts";
import { REPEAT, repeating } from "./repeating.ts";

const worker = createWorker(createRuntime);

/** The address of {@link floor}. */
const FLOOR = "/bench/select-1";

/** The floor of any request that reads a database: through the same door as a list, then one call that reads nothing. */
const floor = router()
  .use(requestLog, ...secureHeaders, crossOrigin, requireRootKey, authenticate, rateLimit, readableAddress, consistency)
  .get(FLOOR, async (c) => {
    const session = c.env.databaseFor(c.get("caller").workspace_id).session("first-unconstrained");
    const [rows] = await session.batch({ sql: "SELECT 1 AS one", params: [] });
    return c.json({ rows: rows.length });
  });

/** The service as it is deployed, and beside it what only the bench asks for. */
export default {
  ...worker,
  fetch: async (request, env, context) => {
    if (new URL(request.url).pathname === FLOOR) return await floor.fetch(request, createRuntime(env, context));
    if (!request.headers.has(REPEAT)) return await worker.fetch(request, env, context);
    const { d1, tell } = repeating(env.DB, request);
    const response = await worker.fetch(request, { ...env, DB: d1 }, context);
    const answer = new Response(response.body, response);
    tell(answer.headers);
    return answer;
  },
} satisfies ExportedHandler<Cloudflare.Env>;
