import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one request for an import, instead of the usual answer. */
export type Trouble =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** The connection breaks, before or after the tickets are stored. */
  | { readonly breaks: "before" | "after" }
  /** The answer comes late. */
  | { readonly pauseMs: number };

/** How far the lists are behind, as one request for it is told. */
export interface Behind {
  readonly count: number;
  readonly as_of?: string;
}

export const KEY = "the-key-of-the-test";
export const RECORDED_AT = "2026-11-20T10:00:00.000Z";
const BEFORE = "2026-11-20T09:59:00.000Z";

/** Stands in for Edgedesk: takes imports as `POST /tickets/import` does, and says how far its lists are. */
export class StandInServer {
  /** Where it answers, once it is open. */
  url = "";
  /** The external ids that are stored, in the order of their storing. */
  readonly stored: string[] = [];
  /** The bodies of the requests for imports, those that went wrong too. */
  readonly bodies: Buffer[] = [];
  readonly contentTypes = new Set<string | undefined>();
  /** When each request for an import came, in milliseconds. */
  readonly times: number[] = [];
  /** For the next requests for imports, one each. */
  readonly troubles: Trouble[] = [];
  /** For the next requests for the lists' state, one each; the last one stays. */
  readonly behind: Behind[] = [];
  /** How often the lists' state was asked for. */
  asked = 0;
  /** How many refused lines an answer names. */
  namedLines = 1_000;
  /** How many lines a request looks at: the rest is for another one. */
  lookedAt = Number.POSITIVE_INFINITY;
  /** Called with each request for an import, when its body is read. */
  onImport: (() => void) | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** The lines of each request. */
  get chunks(): string[][] {
    return this.bodies.map((body) => body.toString("utf8").split("\n"));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${KEY}`) {
      return void send(response, 401, { title: "Unauthorized", detail: "The key is unknown" });
    }
    if (request.url === "/projections") {
      this.asked += 1;
      const { count, as_of = BEFORE } = (this.behind.length > 1 ? this.behind.shift() : this.behind[0]) ?? { count: 0 };
      return void send(response, 200, {
        backlog: { count, oldest_seconds: count === 0 ? null : 1 },
        dead_letters: 0,
        as_of,
      });
    }
    if (request.url !== "/tickets/import" || request.method !== "POST")
      return void send(response, 404, { title: "Not found" });
    await this.#import(request, response);
  }

  async #import(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    this.bodies.push(body);
    this.contentTypes.add(request.headers["content-type"]);
    this.times.push(performance.now());
    const trouble = this.troubles.shift();
    this.onImport?.();
    if (trouble !== undefined && "breaks" in trouble) {
      if (trouble.breaks === "after") this.#take(body);
      return void response.destroy();
    }
    if (trouble !== undefined && "status" in trouble) {
      return void send(response, trouble.status, trouble.body ?? { title: "Trouble" }, trouble.headers);
    }
    if (trouble !== undefined) await new Promise((resolve) => setTimeout(resolve, trouble.pauseMs));
    send(response, 200, this.#take(body));
  }

  #take(body: Buffer) {
    const refused: unknown[] = [];
    const answer = { taken: 0, repeated: 0, recorded_at: null as string | null };
    const lines = body.toString("utf8").split("\n");
    for (const [index, line] of lines.slice(0, this.lookedAt).entries()) {
      if (line.trim() === "") continue;
      const id = idIn(line);
      if (id === undefined) {
        const errors = [{ detail: "is not a ticket", pointer: "/external_id" }];
        refused.push({ line: index + 1, external_id: null, errors });
      } else if (this.stored.includes(id)) {
        answer.repeated += 1;
      } else {
        this.stored.push(id);
        answer.taken += 1;
        answer.recorded_at = RECORDED_AT;
      }
    }
    const named = refused.slice(0, this.namedLines);
    return {
      ...answer,
      ...{ refused_count: refused.length, refused: named, refused_truncated: named.length < refused.length },
      next_line: lines.length > this.lookedAt ? this.lookedAt + 1 : null,
    };
  }
}

function idIn(line: string): string | undefined {
  try {
    const ticket: unknown = JSON.parse(line);
    if (typeof ticket !== "object" || ticket === null || !("external_id" in ticket)) return undefined;
    return typeof ticket.external_id === "string" ? ticket.external_id : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status === 200 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type, ...headers }).end(JSON.stringify(body));
}
