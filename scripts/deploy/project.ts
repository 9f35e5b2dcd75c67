import { join } from "node:path";
import { Failure } from "../local/run.ts";
import { projectRoot } from "../local/settings.ts";

/** The resources that wrangler.toml names. */
export interface Project {
  readonly worker: string;
  readonly database: { readonly binding: string; readonly name: string };
  readonly queues: readonly string[];
}

/**
 * Reads wrangler.toml with wrangler's own parser, so that no name is repeated here.
 *
 * @throws Failure if it cannot be read, or lacks a name that a deployment needs.
 */
export async function readProject(): Promise<Project> {
  const config = await read();
  const database = config.d1_databases[0];
  if (config.name === undefined || database?.database_name === undefined) {
    throw new Failure("wrangler.toml needs a `name` and a D1 database with a `database_name`");
  }
  const { producers = [], consumers = [] } = config.queues;
  const names = [...producers, ...consumers].flatMap((queue) => [
    queue.queue,
    "dead_letter_queue" in queue ? queue.dead_letter_queue : undefined,
  ]);
  return {
    worker: config.name,
    database: { binding: database.binding, name: database.database_name },
    queues: [...new Set(names.filter((name) => name !== undefined))],
  };
}

async function read() {
  try {
    // Loaded on demand: it takes a second.
    const { unstable_readConfig } = await import("wrangler");
    return unstable_readConfig({ config: join(projectRoot, "wrangler.toml") }, { hideWarnings: true });
  } catch (error) {
    throw new Failure(`wrangler.toml cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
