import { errorIn } from "./answers.ts";
import { NoAnswer } from "./errors.ts";
import type { ReaderToken } from "./reader-token.ts";
import { type Patience, persist } from "./retries.ts";

/** A key, or what gives the one of the moment. */
export type KeySource = string | (() => string | Promise<string>);

/** What every request of a client goes with. */
export interface Transport extends Patience {
  readonly key: KeySource;
  readonly fetch: typeof fetch;
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  readonly seen: ReaderToken;
}

/**
 * A `fetch` that knows the service: it brings the key and what has been seen, tries again where that helps, and gives good answers
 * only.
 */
export function fetchThrough(transport: Transport): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    // The same in every try: of a request whose answer was lost, it tells that it was done already.
    if (init?.method === "POST" && !headers.has("Idempotency-Key")) headers.set("Idempotency-Key", crypto.randomUUID());
    const signal = init?.signal ?? undefined;
    const attempt = () => send(transport, String(input), { ...init, headers: new Headers(headers) }, signal);
    return await persist(attempt, transport, signal);
  };
}

async function send(
  { key, fetch, timeoutMs, seen }: Transport,
  url: string,
  { headers, ...init }: RequestInit & { headers: Headers },
  signal: AbortSignal | undefined,
): Promise<Response> {
  const request = `${init.method} ${url}`;
  headers.set("Authorization", `Bearer ${typeof key === "string" ? key : await key()}`);
  const learn = seen.addTo(headers);
  const timeout = AbortSignal.timeout(timeoutMs);
  const ending = signal ? AbortSignal.any([signal, timeout]) : timeout;
  // A redirect would make a GET of a POST.
  const sending = fetch(url, { ...init, headers, signal: ending, redirect: "manual" });
  const { response, text } = await sending.then(whole).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new NoAnswer(`${request} got no answer: ${reasonOf(error)}`, { cause: error });
  });
  learn(response.headers);
  const error = errorIn(request, response, text);
  if (error) throw error;
  const { status, statusText } = response;
  return new Response(text === "" ? null : text, { status, statusText, headers: response.headers });
}

/** An answer with its body, all of it: a connection may break in the middle of that, too. */
async function whole(response: Response): Promise<{ readonly response: Response; readonly text: string }> {
  return { response, text: await response.text() };
}

/** Where there is no connection, Node has the reason in the cause. */
function reasonOf(error: unknown): string {
  const { cause = error } = error instanceof Error ? error : {};
  return cause instanceof Error ? cause.message : String(cause);
}
