import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { openDesk } from "./desk.ts";
import { type HostileRequest, hostileRequest } from "./hostile/requests.ts";
import { OPERATIONS } from "./operations.ts";
import { judge } from "./promises.ts";
import { setScene } from "./scene.ts";

/** Some inputs, all from one seed: what a thread does at a time. */
export interface Chunk {
  readonly seed: number;
  readonly inputs: number;
  /** Only this one of them, as a failure names it. */
  readonly path?: string;
}

/** An input that broke a promise, made as small as it can be. */
export interface Failure {
  readonly seed: number;
  /** Where it is among the inputs of the seed, for fast-check. */
  readonly path: string;
  readonly request: HostileRequest;
  readonly broken: readonly string[];
}

/** What became of a chunk. */
export interface ChunkResult {
  readonly inputs: number;
  /** How many inputs made of an operation were answered with a status: `GET /tickets 200`. */
  readonly answers: Readonly<Record<string, number>>;
  /** How many queries with a parameter were taken: `GET /tickets?status`. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly failure: Failure | undefined;
}

const stage = setUp();

async function setUp() {
  const origin = openDesk();
  return { origin, scene: await setScene(origin) };
}

/** Sends the inputs of a chunk, each to a service that is as if it were the first. Ends at the first that breaks a promise. */
export async function runChunk({ seed, inputs, path }: Chunk): Promise<ChunkResult> {
  const { origin, scene } = await stage;
  const answers: Record<string, number> = {};
  const parameters: Record<string, number> = {};
  const rejections: string[] = [];
  const noteRejection = (reason: unknown) => void rejections.push(`nobody handles: ${reason}`);
  let desk = origin.copy();
  let broken: readonly string[] = [];
  const keepsPromises = fc.asyncProperty(hostileRequest(scene), async (hostile) => {
    const verdict = await judge(desk, scene, hostile);
    // Node tells of what nobody handles once all that was under way has had its turn.
    await setImmediate();
    const all = [...verdict.broken, ...rejections.splice(0)];
    if (verdict.wrote || all.length > 0) {
      desk.close();
      desk = origin.copy();
    }
    const kind = `${hostile.operation} ${verdict.status}`;
    answers[kind] = (answers[kind] ?? 0) + 1;
    for (const name of verdict.status < 400 ? parametersOf(hostile) : []) {
      parameters[name] = (parameters[name] ?? 0) + 1;
    }
    if (all.length > 0) broken = all;
    return all.length === 0;
  });
  process.on("unhandledRejection", noteRejection);
  try {
    const place = path === undefined ? {} : { path, endOnFailure: true };
    const details = await fc.check(keepsPromises, { seed, numRuns: inputs, ...place });
    if (!details.failed) return { inputs: details.numRuns, answers, parameters, failure: undefined };
    const [request] = details.counterexample ?? [];
    if (!request) throw details.errorInstance;
    // The last failure that was seen need not be the smallest: once more, for its own words.
    if (path === undefined) broken = (await judge(desk, scene, request)).broken;
    return {
      inputs: details.numRuns,
      answers,
      parameters,
      failure: { seed, path: details.counterexamplePath ?? "0", request, broken },
    };
  } finally {
    process.off("unhandledRejection", noteRejection);
    desk.close();
  }
}

/** The parameters of a query that its operation has, each once. */
function parametersOf({ operation, hostile, target }: HostileRequest): Set<string> {
  const declared = OPERATIONS.find(({ name }) => name === operation)?.query ?? {};
  // Where more than the query is hostile, nobody knows whose they are.
  const names = hostile === "query" ? [...new URL(target, "https://edgedesk.test").searchParams.keys()] : [];
  return new Set(names.filter((name) => Object.hasOwn(declared, name)).map((name) => `${operation}?${name}`));
}
