import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import { parseJson, problemIn } from "../../scripts/answers.ts";
import { Failure } from "../../scripts/local/run.ts";
import { type Details, details, type EventSeen, historyPage, projections, type Row, ticketPage } from "./answers.ts";

/** Longer than any answer takes, on a machine that does other things, too. */
const PATIENCE_MS = 60_000;

/** How often a look at the service is put off, because its key has sent too many requests. */
const TRIES = 5;

/** What goes with a request. */
export interface Given {
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or lines of it as they are. */
  readonly body?: object | string;
  readonly method?: "GET" | "POST";
}

/** An answer of the service itself. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** The public door of the service: HTTP, and nothing else. */
export class Door {
  readonly #address: string;
  readonly #key: string;

  constructor(address: string, key: string) {
    this.#address = address;
    this.#key = key;
  }

  /** @returns undefined where nobody knows what became of the request */
  async ask(path: string, { headers, body, method }: Given = {}): Promise<Answer | undefined> {
    const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
    const typed = body === undefined ? {} : { "Content-Type": type };
    try {
      const response = await fetch(`${this.#address}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { Authorization: `Bearer ${this.#key}`, ...typed, ...headers },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      // wrangler's proxy answers for a worker that has died; the service's own answers have an id.
      if (!response.headers.has("X-Request-Id")) return undefined;
      return { status: response.status, headers: response.headers, text, json: parseJson(text) };
    } catch {
      return undefined;
    }
  }

  /** The whole list, page by page. */
  async allRows(): Promise<Row[]> {
    const rows: Row[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: z.output<typeof ticketPage> = await this.get(
        `/tickets?limit=100${cursor && `&cursor=${cursor}`}`,
        ticketPage,
      );
      rows.push(...page.items);
      cursor = page.next_cursor;
    }
    return rows;
  }

  /** Everything that happened to a ticket; nothing if there is no such ticket. */
  async history(id: string): Promise<EventSeen[]> {
    const events: EventSeen[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = `/tickets/${id}/events?limit=100${cursor && `&cursor=${cursor}`}`;
      const page: z.output<typeof historyPage> | undefined = await this.find(path, historyPage);
      events.push(...(page?.items ?? []));
      cursor = page?.next_cursor ?? null;
    }
    return events;
  }

  /** A ticket with the first page of its conversation; undefined if there is no such ticket. */
  async details(id: string): Promise<Details | undefined> {
    return await this.find(`/tickets/${id}?limit=100`, details);
  }

  /** How far the read model is behind. */
  async projections(): Promise<z.output<typeof projections>> {
    return await this.get("/projections", projections);
  }

  /** @throws Failure if the service does not answer with what is asked for */
  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const found = await this.find(path, schema);
    if (found === undefined) throw new Failure(`GET ${path} answered 404`);
    return found;
  }

  /** The same; undefined for a 404. */
  async find<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
    const answer = await this.#look(path);
    if (answer === undefined) throw new Failure(`GET ${path} got no answer`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Failure(`GET ${path} answered ${answer.status}${problemIn(answer.text)}`);
    const parsed = schema.safeParse(answer.json);
    if (parsed.success) return parsed.data;
    throw new Failure(`GET ${path} answered what nobody can read: ${answer.text.slice(0, 500)}`);
  }

  /** Whoever looks at every ticket sends more requests than a key may: then it waits as it is told. */
  async #look(path: string): Promise<Answer | undefined> {
    for (let tries = 1; ; tries++) {
      const answer = await this.ask(path);
      if (answer?.status !== 429 || tries === TRIES) return answer;
      await pause(Number(answer.headers.get("Retry-After") ?? "1") * 1_000);
    }
  }
}
