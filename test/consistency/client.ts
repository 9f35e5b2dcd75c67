import { expect } from "vitest";
import { parseToken } from "../../src/projection/consistency/token.ts";
import { SEAL } from "../access.ts";
import type { Problem } from "../http/problem.ts";
import { answered, KEY, type Page, type service } from "../service.ts";

export type Desk = ReturnType<typeof service>;

export const TOKEN = "Consistency-Token";

/** What D1 says when nobody knows whether a call took effect. */
export const LOST = "D1_ERROR: Network connection lost.";

/** Headers, several of one name included. */
export type Given = Record<string, string> | readonly (readonly [name: string, value: string])[];

/** Talks to the service with headers of the test's own. */
export function clientOf(desk: Desk) {
  const send = (method: string, path: string, given: Given, body?: unknown) => {
    const headers = new Headers({ Authorization: `Bearer ${KEY}` });
    if (body !== undefined)
      headers.set("Content-Type", path.endsWith("import") ? "application/x-ndjson" : "application/json");
    for (const [name, value] of Array.isArray(given) ? given : Object.entries(given)) headers.append(name, value);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return desk.fetch(path, { method, headers, ...(text !== undefined && { body: text }) });
  };
  return {
    get: (path: string, given: Given = {}) => send("GET", path, given),
    post: (path: string, body: unknown, given: Given = {}) => send("POST", path, given, body),
    /** A list for the reader of these tokens, which must be answered. */
    list: async (tokens: string | readonly string[], query = ""): Promise<Page & { readonly stale?: string[] }> => {
      const given = [tokens].flat().map((token) => [TOKEN, token] as const);
      return await answered(await send("GET", `/tickets${query}`, given), 200);
    },
  };
}

/** The token of an answer, which must have one. */
export function tokenOf(response: Response): string {
  const token = response.headers.get(TOKEN);
  if (token === null) throw new Error(`no token came with ${response.status}`);
  return token;
}

/** What is in a token. */
export function inside(from: Response | string) {
  const token = parseToken(SEAL, typeof from === "string" ? from : tokenOf(from));
  if (!token) throw new Error("the token cannot be read");
  return { ...token, versions: Object.fromEntries(token.versions) };
}

/** Expects a 400 that blames this header. */
export async function blames(response: Response, header: string): Promise<void> {
  const problem = await response.json<Omit<Problem, "errors"> & { errors?: { header?: string }[] }>();
  expect({
    status: response.status,
    type: problem.type,
    headers: problem.errors?.map((error) => error.header),
  }).toEqual({
    status: 400,
    type: "/problems/malformed-header",
    headers: [header],
  });
}
