import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { fetchErrorReason, parseJson, problemIn } from "../answers.ts";
import { duration } from "../console.ts";
import { Failure } from "../local/run.ts";

const Projections = z.object({ backlog: z.object({ count: z.number() }) });
const PAUSE_MS = 1_000;
const REQUEST_MS = 10_000;

/** A request, and the answer of a healthy deployment. */
interface Check {
  readonly path: string;
  readonly key?: string;
  readonly status: number;
  /** The error in the body, if there is one. */
  readonly fault?: (body: unknown) => string | undefined;
}

/** Parameters of {@link smokeTest}. */
export interface SmokeTest {
  readonly url: URL;
  /** Undefined if the deployment keeps a key that is not known here. */
  readonly key: string | undefined;
  /** The limit of the whole test, in milliseconds: a new workers.dev name, or a new version, takes a while to be everywhere. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends requests that only a complete deployment can answer.
 *
 * @returns the answers, as text.
 * @throws Failure with the last answer at the end of the time; at once if tickets can be read without a key.
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
  const fault = (body: unknown) => (Projections.safeParse(body).success ? undefined : "answered without a backlog");
  // A list reads tables and an index that the migrations created.
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
    return `gave no answer (${fetchErrorReason(error)})`;
  }
  if (status === 200 && check.status === 401) {
    throw new Failure(`${described(check)} was answered without a key: delete the Worker, it is open to everybody`);
  }
  if (status !== check.status) return `answered ${status} instead of ${check.status}${problemIn(text)}`;
  return check.fault?.(parseJson(text));
}

function described({ path, key }: Check): string {
  return `GET ${path}${key === undefined && path !== "/health" ? " without a key" : ""}`;
}
