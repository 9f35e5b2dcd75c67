import { env } from "cloudflare:workers";
import { generateLines, ndjson } from "../oracle/lines.ts";
import type { Line } from "../oracle/ticket-list.ts";
import { answered, KEY, type service } from "../service.ts";

type Desk = ReturnType<typeof service>;

/** The status of a rebuild, as an operator sees it. */
export interface Rebuild {
  readonly state: string;
  readonly run: number;
  readonly projector: number;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly lists: string;
  readonly drift_found: number | null;
}

/** The report of audits. */
export interface AuditReport {
  readonly state: string;
  readonly run: number;
  readonly done: number;
  readonly total: number;
  readonly coverage: number;
  readonly found: number;
  readonly finished_at: string | null;
  readonly kinds: { kind: string; found: number; healed: number }[];
  readonly examples: { kind: string; ticket_id: string | null; detail: string; healed_at: string | null }[];
}

/** What an operator does, by HTTP. */
export function operatorOf(desk: Desk) {
  const get = async <Body>(path: string) => await answered<Body>(await desk.get(path), 200);
  const send = (method: string, path: string) =>
    desk.fetch(path, { method, headers: { Authorization: `Bearer ${KEY}` } });
  return {
    rebuild: () => get<Rebuild>("/projections/rebuild"),
    startRebuild: async () => await answered<Rebuild>(await send("POST", "/projections/rebuild"), 202),
    cancelRebuild: async () => await answered<Rebuild>(await send("DELETE", "/projections/rebuild"), 200),
    audit: () => get<AuditReport>("/projections/audit"),
    startAudit: async () => await answered<AuditReport>(await send("POST", "/projections/audit"), 202),
    status: () => get<Record<string, unknown>>("/projections"),
    ready: async () => {
      const response = await desk.get("/health/ready");
      return { status: response.status, ...(await response.json<{ reasons: { code: string }[] }>()) };
    },
    /** A full audit, to its end. */
    audited: async () => {
      await answered(await send("POST", "/projections/audit"), 202);
      await desk.deliverSent();
      return await get<AuditReport>("/projections/audit");
    },
  };
}

/** A line without its texts. */
export function short(line: Line): Line {
  const notes = (line.notes ?? []).map((one) => ({ ...one, note: "short" }));
  return { ...line, message: "short", messages: [], notes };
}

/** Tickets that are there, projected. */
export async function filled(desk: Desk, tickets: number, seed = 3): Promise<void> {
  const lines = ndjson(generateLines(tickets, seed).map(short));
  await answered(await desk.post("/tickets/import", lines, "application/x-ndjson"), 200);
  await desk.deliverSent();
}

/** Somebody changes the database by hand. */
export async function byHand(...statements: string[]): Promise<void> {
  await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)));
}

/** What is in a search table, word by word; without a row, it has no id. */
const entriesOf = (name: string) => [
  `CREATE VIRTUAL TABLE IF NOT EXISTS words_of_${name} USING fts5vocab('${name}', 'instance')`,
  `SELECT row.id, doc >> 22 AS time, group_concat(term || ' ' || col || ' ' || offset ORDER BY term, col, offset) AS words
   FROM words_of_${name} LEFT JOIN read_tickets AS row ON row.n = doc & 4194303 GROUP BY doc ORDER BY 1, 2`,
];

/** Everything in the read tables, byte for byte, but for the numbers that SQLite gives to rows. */
export async function readModel(): Promise<string> {
  const tables = ["read_tickets ORDER BY workspace_id, id", "read_tallies", "read_state"];
  const entries = ["read_by_updated", "read_by_created", "read_by_waiting"].flatMap(entriesOf);
  const statements = [...tables.map((table) => `SELECT * FROM ${table}`), ...entries];
  const results = await env.DB.batch<Record<string, unknown>>(statements.map((sql) => env.DB.prepare(sql)));
  return JSON.stringify(results.map(({ results }) => results.map(({ n: _, ...row }) => row)));
}
