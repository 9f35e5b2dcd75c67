import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { parseJson, problemIn, whyNoAnswer } from "../answers.ts";
import { duration } from "../console.ts";
import { Failure } from "../local/run.ts";

const Projections = z.object({ backlog: z.object({ count: z.number() }) });
const PAUSE_MS = 1_000;
const REQUEST_MS = 10_000;

/** One request and the answer that a healthy deployment gives. */
interface Check {
  readonly path: string;
  readonly key?: string;
  readonly status: number;
  /** Says what is wrong with the body, if anything is. */
  readonly fault?: (body: unknown) => string | undefined;
}

/** What the smoke test needs to know. */
export interface SmokeTest {
  readonly url: URL;
  /** Undefined when the deployment keeps a key that this run does not know. */
  readonly key: string | undefined;
  /** How long all of it may take: a new name under workers.dev, and a new version, take a while to be everywhere. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the deployed Worker for what only a complete deployment can answer.
 *
 * @returns what was seen, in words.
 * @throws Failure with the last answer when the time is up; at once if tickets are to be had without a key.
 */
export async function smokeTest(test: SmokeTest): Promise<string> {
  const deadline = performance.now() + test.patienceMs;
  const seen: string[] = [];
  for (const check of checksFor(test.key)) {
    for (;;) {
      const problem = await problemWith(check, test);
      if (problem === undefined) break;
      if (performance.now() + PAUSE_MS > deadline) {
        throw new Failure(`${described(check)} ${problem} after ${duration(test.patienceMs)} at ${test.url.origin}`);
      }
      await pause(PAUSE_MS, undefined, { signal: test.signal });
    }
    seen.push(`${described(check)} ${check.status}`);
  }
  return seen.join(", ");
}

function checksFor(key: string | undefined): Check[] {
  const open: Check[] = [
    { path: "/health", status: 200 },
    { path: "/tickets", status: 401 },
    { path: "/projections", status: 401 },
  ];
  if (key === undefined) return open;
  const fault = (body: unknown) => (Projections.safeParse(body).success ? undefined : "has no backlog in its answer");
  // A list reads the tables that the migrations made; the backlog's index is one of them.
  return [...open, { path: "/tickets?limit=1", key, status: 200 }, { path: "/projections", key, status: 200, fault }];
}

async function problemWith(check: Check, { url, signal }: SmokeTest): Promise<string | undefined> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(new URL(check.path, url), {
      headers: check.key === undefined ? {} : { authorization: `Bearer ${check.key}` },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    return `gave no answer (${whyNoAnswer(error)})`;
  }
  if (status === 200 && check.status === 401) {
    throw new Failure(`${described(check)} was answered to somebody without a key: take the Worker down, it is open`);
  }
  if (status !== check.status) return `answered ${status} instead of ${check.status}${problemIn(text)}`;
  return check.fault?.(parseJson(text));
}

function described({ path, key }: Check): string {
  return `GET ${path}${key === undefined && path !== "/health" ? " without a key" : ""}`;
}
