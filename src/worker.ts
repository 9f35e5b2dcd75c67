import { runCron } from "./cron.ts";
import type { Runtime } from "./http/api.ts";
import { app } from "./http/app.ts";
import { PASS, type Patience, REQUEST } from "./platform/deadline.ts";
import { consume } from "./projection/delivery/consumer.ts";
import { consumeDeadLetters } from "./projection/delivery/dead-letters.ts";

/** The dead-letter queue. Every other bound queue carries projection messages. */
const DEAD_LETTER_QUEUE = "ticket-projections-dead";

/** Creates the fetch, queue and cron handlers, all with the same wiring. */
export function createWorker(
  createRuntime: (env: Cloudflare.Env, context: Pick<ExecutionContext, "waitUntil">, patience: Patience) => Runtime,
): Required<Pick<ExportedHandler<Cloudflare.Env>, "fetch" | "queue" | "scheduled">> {
  return {
    fetch: async (request, env, context) => {
      const deps = createRuntime(env, context, REQUEST);
      const response = await app.fetch(request, deps);
      logSpentBudget(deps, "request");
      return response;
    },
    queue: async (batch, env, context) => {
      const deps = createRuntime(env, context, PASS);
      const handle = batch.queue === DEAD_LETTER_QUEUE ? consumeDeadLetters : consume;
      await handle(deps, batch);
      logSpentBudget(deps, batch.queue);
    },
    scheduled: async (_controller, env, context) => {
      const deps = createRuntime(env, context, PASS);
      await runCron(deps);
      logSpentBudget(deps, "cron");
    },
  };
}

/** Logs that the invocation deferred work. Expected at times on the free plan; a sign of trouble on the paid plan. */
function logSpentBudget({ usage, log }: Runtime, entry: string): void {
  if (usage.isSpent) log("warn", "budget.spent", { entry, d1_calls: usage.calls, limit: usage.limit });
}
