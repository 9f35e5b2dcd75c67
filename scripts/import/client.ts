import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { parseJson, problemIn, whyNoAnswer } from "../answers.ts";
import { duration } from "../console.ts";
import { Failure } from "../local/run.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_MS = 120_000;

const ImportAnswer = z.object({
  taken: z.number(),
  repeated: z.number(),
  refused: z.array(
    z.object({ line: z.number(), errors: z.array(z.object({ detail: z.string(), pointer: z.string().nullish() })) }),
  ),
  recorded_at: z.string().nullable(),
});
const Projections = z.object({
  backlog: z.object({ count: z.number(), oldest_seconds: z.number().nullish() }),
  dead_letters: z.number().nullish(),
  as_of: z.string(),
});

/** What the server says of a chunk; its `line` counts within the chunk. */
export type ImportAnswer = z.infer<typeof ImportAnswer>;

/** How far the lists are behind. */
export type Projections = z.infer<typeof Projections>;

/** The chunk has more bytes than the server takes. */
export class TooLarge extends Failure {}

/** The work was called off before an answer came. */
export class CalledOff extends Error {}

/** What a client of the API needs to know. */
export interface ClientSettings {
  readonly url: URL;
  readonly key: string;
  /** For how long one request is tried again before it is given up. */
  readonly patienceMs: number;
  /** Ends pauses: nothing new is to be begun. */
  readonly stopping: AbortSignal;
  /** Cuts off the request that is under way. */
  readonly cutting: AbortSignal;
  readonly onRetry: (reason: string, pauseMs: number) => void;
}

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Buffer<ArrayBuffer>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Edgedesk's API, as far as an import needs it. A lost connection, 429 and 503 are tried again; all else is final. */
export class EdgedeskClient {
  readonly #settings: ClientSettings;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /**
   * Sends one chunk. Sending it again is harmless: the server knows a ticket by its `external_id`.
   *
   * @throws TooLarge on 413; Failure on any other answer but 200; CalledOff.
   */
  async import(body: Buffer<ArrayBuffer>): Promise<ImportAnswer> {
    return this.#ask({ method: "POST", path: "tickets/import", body }, ImportAnswer);
  }

  /**
   * How far the lists are behind.
   *
   * @param silenceMs for how long a server that does not answer at all is tried again.
   * @throws Failure on any answer but 200; CalledOff.
   */
  async projections(silenceMs?: number): Promise<Projections> {
    return this.#ask({ method: "GET", path: "projections" }, Projections, silenceMs);
  }

  async #ask<T>(request: Request, schema: z.ZodType<T>, silenceMs?: number): Promise<T> {
    const { status, text, headers } = await this.#persist(request, silenceMs);
    const where = new URL(request.path, this.#settings.url).href;
    if (status === 413) throw new TooLarge(describe(status, text));
    if (status === 401 || status === 403) throw new Failure(`the key is not accepted: ${describe(status, text)}`);
    if (status >= 300 && status < 400)
      throw new Failure(`${where} leads to ${headers.get("location")}: give that address as --url`);
    if (status !== 200) throw new Failure(`${describe(status, text)} (${request.method} ${where})`);
    const answer = schema.safeParse(parseJson(text));
    if (!answer.success) throw new Failure(`${where} does not answer as Edgedesk does: is the address right?`);
    return answer.data;
  }

  /** Repeats a request until it has an answer worth reading, or until the next try would come too late. */
  async #persist(request: Request, silenceMs?: number): Promise<Answer> {
    const begun = performance.now();
    for (let backoff = FIRST_PAUSE_MS; ; backoff = Math.min(backoff * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.#try(request);
      const reason = typeof answer === "string" ? answer : retriable(answer);
      if (typeof answer !== "string" && reason === undefined) return answer;
      // Half of the pause is random, so that many clients do not come back at once.
      const asked = typeof answer === "string" ? 0 : retryAfter(answer.headers);
      const wait = Math.max(asked, backoff / 2 + Math.random() * (backoff / 2));
      const { patienceMs } = this.#settings;
      if (performance.now() - begun + wait > (typeof answer === "string" ? (silenceMs ?? patienceMs) : patienceMs)) {
        const demand = asked > patienceMs ? `; it asks to wait ${duration(asked)}` : "";
        throw new Failure(`${reason}${demand}`);
      }
      this.#settings.onRetry(String(reason), wait);
      await pause(wait, undefined, { signal: this.#settings.stopping }).catch(() => {
        throw new CalledOff();
      });
    }
  }

  /** One try: its answer, or why there was none. */
  async #try({ method, path, body }: Request): Promise<Answer | string> {
    const { url, key, stopping, cutting } = this.#settings;
    if (stopping.aborted) throw new CalledOff();
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/x-ndjson" }),
        },
        ...(body === undefined ? {} : { body }),
        // A redirect would turn the POST into a GET.
        redirect: "manual",
        signal: AbortSignal.any([cutting, AbortSignal.timeout(REQUEST_MS)]),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      if (cutting.aborted) throw new CalledOff();
      return `no answer from ${url.origin} (${whyNoAnswer(error)})`;
    }
  }
}

function retriable({ status, text }: Answer): string | undefined {
  return status === 429 || status === 503 ? describe(status, text) : undefined;
}

/** RFC 9110: seconds, or a date. In milliseconds; 0 if it is missing or makes no sense. */
function retryAfter(headers: Headers): number {
  const value = headers.get("retry-after") ?? "";
  const milliseconds = /^\d+$/u.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return milliseconds > 0 ? milliseconds : 0;
}

function describe(status: number, text: string): string {
  return `the server answered ${status}${problemIn(text)}`;
}
