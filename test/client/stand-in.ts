import { type ClientOptions, createClient } from "../../src/client/index.ts";

/** What the service was asked: one try of one request. */
export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: string;
}

/** What comes of a try: an answer, or nothing. */
export type Reply = Response | Error | ((asked: Asked, signal: AbortSignal) => Response | Promise<Response>);

/** A client of a service that answers so, one reply a try; the last one stands for all further ones. */
export function clientWith(replies: readonly Reply[], options: Partial<ClientOptions> = {}) {
  const asked: Asked[] = [];
  const fetch: ClientOptions["fetch"] = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const { method, headers, redirect } = request;
    const one = { method, path: pathname + search, headers, redirect, body: await request.text() };
    const reply = replies[Math.min(asked.push(one), replies.length) - 1];
    if (reply instanceof Error || reply === undefined) throw reply;
    return reply instanceof Response ? reply.clone() : await reply(one, request.signal);
  };
  const client = createClient({ url: "https://edgedesk.test", key: "a-key", fetch, ...options });
  return { client, asked };
}

export function json(body: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return Response.json(body, { status, headers });
}

/** A problem document. */
export function problem(status: number, code: string, headers: Record<string, string> = {}, more = {}): Response {
  const body = { type: `/problems/${code}`, title: "A title", status, detail: "A detail", ...more };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json; charset=UTF-8", ...headers },
  });
}

export const page = (ids: readonly string[], next_cursor: string | null = null) =>
  json({ items: ids.map((id) => ({ id })), next_cursor, as_of: "2026-11-23T08:00:00.000Z" });

/** A connection that breaks, as `fetch` tells of it. */
export const LOST = new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });

/** What a call throws. */
export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => Promise.reject(new Error("it threw nothing")),
    (error) => error,
  );
}
