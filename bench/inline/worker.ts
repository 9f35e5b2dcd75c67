import { z } from "zod";
import { router } from "../../src/http/api.ts";
import { app } from "../../src/http/app.ts";
import { consistency } from "../../src/http/headers/consistency-token.ts";
import { readableAddress } from "../../src/http/middleware/address.ts";
import { authenticate, ROOT_WORKSPACE, requireRootKey } from "../../src/http/middleware/authenticate.ts";
import { crossOrigin, secureHeaders } from "../../src/http/middleware/cors.ts";
import { rateLimit } from "../../src/http/middleware/rate-limit.ts";
import { requestLog } from "../../src/http/middleware/request-log.ts";
import { onError } from "../../src/http/problem.ts";
import { consume } from "../../src/projection/delivery/consumer.ts";
import { createWorker } from "../../src/worker.ts";
import { COST } from "../worker/cost.ts";
import bench from "../worker/index.ts";
import { countedDeps, dropHeld, holdQueue, releaseQueue } from "./counted.ts";
import { inlineRoutes } from "./routes.ts";

const worker = createWorker(countedDeps);
const through = [
  requestLog,
  ...secureHeaders,
  crossOrigin,
  requireRootKey,
  authenticate,
  rateLimit,
  readableAddress,
  consistency,
];

/** Commands that project by themselves: through the same door, on the same database. */
const inline = router()
  .use(...through)
  .route("/inline", inlineRoutes);
inline.onError(onError);

/** What a suite does to the queue. */
const control = router()
  .use(...through)
  .post("/bench/queue/hold", (c) => {
    holdQueue();
    return c.json({}, 200);
  })
  .post("/bench/project", async (c) => {
    const messages = z.array(z.strictObject({ ticket_id: z.string(), version: z.int() })).parse(await c.req.json());
    let acked = 0;
    await consume(c.env, {
      queue: "ticket-projections",
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
      messages: messages.map((body, index) => ({
        id: String(index),
        timestamp: new Date(),
        attempts: 1,
        body: { workspace_id: ROOT_WORKSPACE, ...body },
        ack: () => {
          acked++;
        },
        retry: () => {},
      })),
      ackAll: () => {},
      retryAll: () => {},
    });
    dropHeld();
    return c.json({ acked }, 200);
  });
control.onError(onError);

const RELEASE = "/bench/queue/release";

/** The Worker of the bench, beside it the same commands with an inline projection, and what a suite needs to look into the queue. */
export default {
  ...worker,
  fetch: async (request, env, context) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/bench/select-1") return await bench.fetch(request, env, context);
    if (pathname === RELEASE) return Response.json({ released: await releaseQueue(env) });
    const deps = countedDeps(env, context);
    const door = pathname.startsWith("/inline/") ? inline : pathname.startsWith("/bench/") ? control : undefined;
    const response = door ? await door.fetch(request, deps) : await app.fetch(request, deps);
    response.headers.set(COST, JSON.stringify(deps.usage.cost));
    return response;
  },
} satisfies ExportedHandler<Cloudflare.Env>;
