import { runCron } from "./cron.ts";
import type { Deps } from "./deps.ts";
import { app } from "./http/app.ts";
import { consume } from "./projection/consumer.ts";
import { consumeDeadLetters } from "./projection/dead-letters.ts";

/** The dead-letter queue; every other queue that is bound carries projection messages. */
const DEAD_LETTER_QUEUE = "ticket-projections-dead";

/** The three doors of the service, all with the same wiring. */
export function createWorker(
  makeDeps: (env: Cloudflare.Env, context: Pick<ExecutionContext, "waitUntil">) => Deps,
): Required<Pick<ExportedHandler<Cloudflare.Env>, "fetch" | "queue" | "scheduled">> {
  return {
    fetch: async (request, env, context) => await app.fetch(request, makeDeps(env, context)),
    queue: async (batch, env, context) => {
      const handle = batch.queue === DEAD_LETTER_QUEUE ? consumeDeadLetters : consume;
      await handle(makeDeps(env, context), batch);
    },
    scheduled: async (_controller, env, context) => await runCron(makeDeps(env, context)),
  };
}
