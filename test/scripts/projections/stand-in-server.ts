import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Audit, AuditReport, Parked, Rebuild, Status } from "../../../scripts/projections/schemas.ts";

/** What happens to one request, instead of the usual answer. */
export type Trouble =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** The connection breaks, before or after the request has taken effect. */
  | { readonly breaks: "before" | "after" };

export const KEY = "the-key-of-the-test";
export const STARTED_AT = "2026-11-20T10:00:00.000Z";
export const FINISHED_AT = "2026-11-20T10:00:14.000Z";
const TOTAL = 5_000;

/** Stands in for Edgedesk's operations API. Its jobs move whenever somebody asks for them. */
export class StandInServer {
  /** Where it answers, once it is open. */
  url = "";
  /** The requests so far, as in "GET /projections". */
  readonly requests: string[] = [];
  /** For the next requests, one each; undefined lets one through. */
  readonly troubles: (Trouble | undefined)[] = [];
  /** What each request for a job's state moves it by. */
  step = TOTAL;
  /** How much drift the audits find, of the kind "changed", each healed. */
  drift = 0;
  /** Replaces parts of the status. */
  status: Partial<Status> = {};
  rebuild: Rebuild = { ...idle, projector: 1, failed: 0, lists: "served", drift_found: null };
  audit: AuditReport = { ...idle, coverage: 0, found: 0, age_seconds: null, kinds: [], examples: [] };
  /** The tickets that are parked; those with an error that is empty can be projected by now. */
  parked: Parked["items"] = [];
  /** An Edgedesk from before there were rebuilds and audits. */
  old = false;
  /** Its rows are of a newer projector than its own: it starts neither rebuilds nor audits. */
  outdated = false;
  /** Called with each request, before it is answered. */
  onRequest: ((request: string) => void) | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async open(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Begins a rebuild, as if somebody had asked for it. */
  beginRebuild(): Rebuild {
    const { run, projector, lists } = this.rebuild;
    const begun = { ...running, run: run + 1, projector, failed: 0, lists, drift_found: null };
    this.rebuild = begun;
    return begun;
  }

  /** Begins a round of the audit, as if somebody had asked for it. */
  beginAudit(): Audit {
    this.audit = { ...this.audit, ...running, run: this.audit.run + 1, found: 0, finished_at: this.audit.finished_at };
    return this.#auditAlone();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const asked = `${request.method} ${request.url}`;
    this.requests.push(asked);
    this.onRequest?.(asked);
    if (request.headers.authorization !== `Bearer ${KEY}`) {
      return void send(response, 401, { title: "Unauthorized", detail: "The key is unknown" });
    }
    const trouble = this.troubles.shift();
    if (trouble !== undefined && "status" in trouble) {
      return void send(response, trouble.status, trouble.body ?? { title: "Trouble" }, trouble.headers);
    }
    if (trouble?.breaks === "before") return void response.destroy();
    const [status, body] = this.#perform(asked);
    if (trouble?.breaks === "after") return void response.destroy();
    send(response, status, body);
  }

  #perform(asked: string): [status: number, body: unknown] {
    const retried = /^POST \/projections\/parked\/([\w-]{36})\/retry$/u.exec(asked)?.[1];
    if (retried !== undefined) return this.#retry(retried);
    if (asked === "GET /projections") return [200, this.#status()];
    if (asked === "GET /projections/parked")
      return [200, { items: this.parked.slice(0, 100), total: this.parked.length }];
    if (asked === "POST /projections/parked/retry") return [202, { retried: this.parked.splice(0).length }];
    if (this.old) return NOTHING_HERE;
    switch (asked) {
      case "GET /projections/rebuild":
        return [200, this.#walkRebuild()];
      case "POST /projections/rebuild":
        return [202, isUnderWay(this.rebuild) || this.outdated ? this.rebuild : this.beginRebuild()];
      case "DELETE /projections/rebuild":
        if (isUnderWay(this.rebuild)) this.rebuild = { ...this.rebuild, state: "cancelled", finished_at: FINISHED_AT };
        return [200, this.rebuild];
      case "GET /projections/audit":
        return [200, this.#walkAudit()];
      case "POST /projections/audit":
        return [
          202,
          this.outdated || (this.audit.state === "running" && this.audit.rate !== null)
            ? this.#auditAlone()
            : this.beginAudit(),
        ];
      default:
        return NOTHING_HERE;
    }
  }

  #retry(id: string): [status: number, body: unknown] {
    const ticket = this.parked.find(({ ticket_id }) => ticket_id === id);
    if (ticket === undefined) return [404, { type: "/problems/not-parked", title: "The ticket is not parked" }];
    if (ticket.error) return [200, { ticket_id: id, projected: false, error: ticket.error }];
    this.parked.splice(this.parked.indexOf(ticket), 1);
    return [200, { ticket_id: id, projected: true, error: null }];
  }

  #walkRebuild(): Rebuild {
    const now = this.rebuild;
    if (now.state === "running") {
      this.rebuild = { ...now, done: Math.min(now.done + this.step, now.total) };
      if (this.rebuild.done === now.total) {
        this.rebuild.state = "verifying";
        this.beginAudit();
      }
    } else if (now.state === "verifying" && this.audit.state === "finished") {
      this.rebuild = {
        ...now,
        state: "finished",
        finished_at: FINISHED_AT,
        drift_found: this.audit.found,
        lists: "served",
      };
    }
    return now;
  }

  #walkAudit(): AuditReport {
    const now = this.audit;
    if (now.state !== "running") return now;
    const done = Math.min(now.done + this.step, now.total);
    this.audit = { ...now, done, coverage: done / now.total };
    if (done === now.total) this.#finishAudit();
    return now;
  }

  #finishAudit(): void {
    const kinds = this.audit.kinds.length > 0 ? this.audit.kinds : [{ kind: "changed", found: 0, healed: 0 }];
    const more = kinds.map((kind) => ({ ...kind, found: kind.found + this.drift, healed: kind.healed + this.drift }));
    const examples = Array.from({ length: this.drift }, (_, index) => ({
      kind: "changed",
      ticket_id: idOf(index + 1),
      detail: "note_count is 1 and should be 2",
      found_at: FINISHED_AT,
      healed_at: FINISHED_AT,
    }));
    this.audit = {
      ...this.audit,
      state: "finished",
      found: this.drift,
      finished_at: FINISHED_AT,
      age_seconds: 0,
      kinds: more,
      examples: [...examples, ...this.audit.examples],
    };
  }

  #auditAlone(): Audit {
    const { kinds: _kinds, examples: _examples, ...audit } = this.audit;
    return audit;
  }

  #status(): unknown {
    if (this.old) return { backlog: { count: 0, oldest_seconds: null }, parked: 0, dead_letters: 0, as_of: STARTED_AT };
    return { ...healthy, parked: this.parked.length, audit: this.#auditAlone(), rebuild: this.rebuild, ...this.status };
  }
}

/** The id of a ticket. */
export function idOf(number: number): string {
  return `019a1b2c-3d4e-7f60-8a9b-${String(number).padStart(12, "0")}`;
}

const nothing = { run: 0, done: 0, total: 0, rate: null, seconds_left: null, started_at: null, finished_at: null };
const idle = { ...nothing, state: "idle" as const };
const running = {
  ...nothing,
  state: "running" as const,
  total: TOTAL,
  rate: 350.2,
  seconds_left: 14.3,
  started_at: STARTED_AT,
};

const healthy: Omit<Status, "audit" | "rebuild"> = {
  status: "ok",
  reasons: [],
  as_of: STARTED_AT,
  backlog: { count: 3, oldest_seconds: 0.4 },
  parked: 0,
  dead_letters: 0,
  projected: {
    tickets: 1_234,
    batches: 45,
    failures: 0,
    lag_seconds: {
      count: 1_234,
      sum: 61.7,
      buckets: [
        { le: 0.01, count: 600 },
        { le: 0.05, count: 1_000 },
        { le: 1, count: 1_230 },
        { le: 60, count: 1_234 },
      ],
    },
  },
  sweep: { passes: 12, tickets: 2, last_at: STARTED_AT },
  consumer: { last_at: STARTED_AT },
  drift: { found: 0, healed: 0, last_found_at: null },
};

const NOTHING_HERE: [status: number, body: unknown] = [
  404,
  { type: "/problems/route-not-found", title: "There is no resource at this path" },
];

function isUnderWay({ state }: Rebuild): boolean {
  return state === "running" || state === "verifying";
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const type = status < 300 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type, ...headers }).end(JSON.stringify(body));
}
