import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import { fetchErrorReason, parseJson, problemIn, problemTypeIn } from "../answers.ts";
import { duration } from "../console.ts";
import { Failure } from "../local/run.ts";
import type { Target } from "./target.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_MS = 120_000;
/** Without an answer to the first request, the server is more likely absent than busy. */
const FIRST_SILENCE_MS = 4_000;

/** A final error answer: a retry would get the same. */
export class Refused extends Failure {
  readonly status: number;
  /** The answer as text, without the request. */
  readonly said: string;
  /** The type of the problem document; undefined if the answer is not one. */
  readonly type: string | undefined;

  constructor(status: number, text: string, request: string) {
    const said = describe(status, text);
    super(`${said} (${request})`);
    this.status = status;
    this.said = said;
    this.type = problemTypeIn(text);
  }
}

/** The request was stopped before an answer came. */
export class Cancelled extends Error {}

/** The settings of a client of the API. */
export interface ClientSettings extends Target {
  /** The total time for retries of one request, in milliseconds. */
  readonly patienceMs: number;
  /** Ends pauses between retries, and stops new requests. */
  readonly stopping: AbortSignal;
  /** Aborts the running request. */
  readonly cutting: AbortSignal;
  readonly onRetry: (reason: string, pauseMs: number) => void;
}

/** A request that may be repeated if its answer is lost. */
export interface Request {
  readonly method: "GET" | "POST" | "DELETE";
  /** Without a leading slash. */
  readonly path: string;
  readonly body?: { readonly bytes: Buffer<ArrayBuffer>; readonly type: string };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Calls the API. A lost connection, 429 and 503 are retried; any other answer is final. */
export class EdgedeskClient {
  readonly #settings: ClientSettings;
  #answered = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /**
   * Sends a request, with retries.
   *
   * @throws Refused if the answer is not 2xx; Failure without an answer, with an answer that is not the API's, or with a wrong key;
   *   Cancelled.
   */
  protected async ask<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    const { status, text, headers } = await this.#persist(request);
    const where = new URL(request.path, this.#settings.url).href;
    if (status === 401 || status === 403) throw new Failure(`the key is not accepted: ${describe(status, text)}`);
    if (status >= 300 && status < 400)
      throw new Failure(`${where} redirects to ${headers.get("location")}: give that URL as --url`);
    if (status < 200 || status >= 400) throw new Refused(status, text, `${request.method} ${where}`);
    const answer = schema.safeParse(parseJson(text));
    if (!answer.success) throw new Failure(`${where} does not answer like Edgedesk: is the URL right?`);
    return answer.data;
  }

  /** Retries a request until it has a final answer, or until the next try would come too late. */
  async #persist(request: Request): Promise<Answer> {
    const { patienceMs, stopping, onRetry } = this.#settings;
    const begun = performance.now();
    for (let backoff = FIRST_PAUSE_MS; ; backoff = Math.min(backoff * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.#try(request);
      const silent = typeof answer === "string";
      this.#answered ||= !silent;
      const reason = silent ? answer : retriable(answer);
      if (!silent && reason === undefined) return answer;
      // Backoff with jitter, so that clients do not retry at the same time.
      const asked = silent ? 0 : retryAfter(answer.headers);
      const wait = Math.max(asked, backoff / 2 + Math.random() * (backoff / 2));
      if (performance.now() - begun + wait > (this.#answered ? patienceMs : Math.min(FIRST_SILENCE_MS, patienceMs))) {
        const hint = this.#answered ? "" : ": is Edgedesk running there?";
        throw new Failure(`${reason}${asked > patienceMs ? `; its Retry-After is ${duration(asked)}` : hint}`);
      }
      // A server that never answered gets one line, at the end.
      if (this.#answered) onRetry(String(reason), wait);
      await pause(wait, undefined, { signal: stopping }).catch(() => {
        throw new Cancelled();
      });
    }
  }

  /** Tries a request once: the answer, or the reason why there is none. */
  async #try({ method, path, body }: Request): Promise<Answer | string> {
    const { url, key, stopping, cutting } = this.#settings;
    if (stopping.aborted) throw new Cancelled();
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": body.type }) },
        ...(body === undefined ? {} : { body: body.bytes }),
        // A redirect would turn the POST into a GET.
        redirect: "manual",
        signal: AbortSignal.any([cutting, AbortSignal.timeout(REQUEST_MS)]),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      if (cutting.aborted) throw new Cancelled();
      return `no answer from ${url.origin} (${fetchErrorReason(error)})`;
    }
  }
}

function retriable({ status, text }: Answer): string | undefined {
  return status === 429 || status === 503 ? describe(status, text) : undefined;
}

/** Reads Retry-After (RFC 9110: seconds, or a date), in milliseconds; 0 if it is missing or invalid. */
function retryAfter(headers: Headers): number {
  const value = headers.get("retry-after") ?? "";
  const milliseconds = /^\d+$/u.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return milliseconds > 0 ? milliseconds : 0;
}

function describe(status: number, text: string): string {
  return `the server answered ${status}${problemIn(text)}`;
}
