import { answered, KEY, type service } from "../service.ts";

type Desk = ReturnType<typeof service>;

/** A key as `POST /keys` answers it. */
export interface NewKey {
  readonly id: string;
  readonly key: string;
  readonly workspace_id: string;
}

/** A client of the service with a key of its own. */
export function caller(desk: Desk, key: string) {
  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    desk.fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    ask,
    get: (path: string, headers?: Record<string, string>) => ask("GET", path, undefined, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) => ask("POST", path, body, headers),
    delete: (path: string) => ask("DELETE", path),
    /** Makes a key in this caller's name. */
    makeKey: async (fields: Record<string, unknown> = {}): Promise<NewKey> =>
      await answered(await ask("POST", "/keys", { name: "a test", role: "agent", ...fields }), 201),
  };
}

/** The operator. */
export function root(desk: Desk) {
  return caller(desk, KEY);
}
