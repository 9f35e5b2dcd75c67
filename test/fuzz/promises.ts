import { type HostileRequest, requestOf } from "./hostile/requests.ts";
import { OPERATIONS } from "./operations.ts";
import { type Desk, FOREIGN_MARK, type Scene } from "./scene.ts";

/** What became of a request. */
export interface Verdict {
  readonly status: number;
  /** The promises that it broke, in words. */
  readonly broken: readonly string[];
  /** Whether anything was written: the scene is another one now. */
  readonly wrote: boolean;
}

/** D1 calls that no request may exceed: a list that waits 25 seconds tries about thirty times, with three calls each. */
const MAX_CALLS = 120;

const PROBLEM = "application/problem+json";
const OPEN = OPERATIONS.filter(({ role }) => role === undefined).map(({ path }) => path);

/** What writes more than one event. */
const SEVERAL = ["POST /tickets/import", "POST /tickets/bulk", "DELETE /customers/{customer_id}"];

/** Sends a request, and holds the service to its promises. */
export async function judge(desk: Desk, scene: Scene, hostile: HostileRequest): Promise<Verdict> {
  const request = requestOf(hostile);
  const before = {
    writes: desk.writes(),
    calls: desk.calls(),
    events: await countEvents(desk),
    globals: globalProperties(),
    foreign: await countForeignEvents(desk, scene),
  };
  const answer = await desk.ask(request);
  const text = await answer.text();
  const wrote = desk.writes() > before.writes;
  const written = wrote ? (await countEvents(desk)) - before.events : 0;
  const { method } = request;
  const path = decoded(new URL(request.url).pathname);
  const isPreflight = method === "OPTIONS" && answer.status === 204;
  // A refusal may say at which address nothing is: that is the caller's own word.
  const shown = answer.ok ? text : text.replaceAll(path, "").replaceAll(new URL(request.url).pathname, "");
  const rules: Readonly<Record<string, boolean>> = {
    "it took too many D1 calls": desk.calls() - before.calls <= MAX_CALLS,
    "Object.prototype has changed": globalProperties() === before.globals,
    "it is the service's fault": answer.status < 500 || isForeseen(answer, text, hostile),
    "it is no problem document":
      answer.ok || answer.status === 304 || isProblem(answer, text, method) || isForeseen(answer, text, hostile),
    "it is not what the contract says": isAsDefined(answer, text, hostile),
    "something was written, and it is no success": answer.ok || !wrote,
    "something was read, and it wrote": !/^(GET|HEAD|OPTIONS)$/.test(method) || !wrote,
    "one command wrote several events": written <= 1 || SEVERAL.includes(hostile.operation),
    "it changed what belongs to others": !wrote || (await countForeignEvents(desk, scene)) === before.foreign,
    "it was let in":
      !answer.ok || isPreflight || OPEN.includes(path) || ["root", "admin", "agent"].includes(hostile.caller),
    "it shows what belongs to others": hostile.caller === "root" || !shown.includes(FOREIGN_MARK),
    "it shows a key": Object.values(scene.keys).every((key) => key === undefined || !text.includes(key)),
  };
  const broken = Object.entries(rules).flatMap(([rule, isKept]) =>
    isKept ? [] : [`${answer.status}: ${rule}: ${text.slice(0, 500)}`],
  );
  if (wrote && answer.ok) broken.push(...(await harmDone(desk, scene, hostile, text)));
  return { status: answer.status, broken, wrote };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether the answer is a whole problem document (RFC 9457). A HEAD has none to look at. */
function isProblem(answer: Response, text: string, method: string): boolean {
  if (answer.headers.get("Content-Type") !== PROBLEM) return false;
  if (method === "HEAD") return text === "";
  const { type, title, status, detail, instance }: Record<string, unknown> = JSON.parse(text);
  const words = [type, title, detail, instance].every((one) => typeof one === "string" && one !== "");
  return words && /^\/problems\/[a-z]+(-[a-z]+)*$/.test(String(type)) && status === answer.status;
}

/** Whether it is none of the usual answers, but one that the document names: a status page, or a list that cannot wait. */
function isForeseen(answer: Response, text: string, { operation }: HostileRequest): boolean {
  if (text.includes('"/problems/not-yet-consistent"')) return answer.status === 503;
  const foreseen = OPERATIONS.find(({ name }) => name === operation)?.answers.get(answer.status) ?? [];
  return foreseen.some(({ type }) => answer.headers.get("Content-Type")?.startsWith(type));
}

/** Whether a success is what its definition says; of a hostile path or method, nobody knows whose answer it is. */
function isAsDefined(answer: Response, text: string, { operation, hostile }: HostileRequest): boolean {
  if (!answer.ok || text === "" || ["path", "method", "all"].includes(hostile)) return true;
  const [defined] = OPERATIONS.find(({ name }) => name === operation)?.answers.get(answer.status) ?? [];
  return defined !== undefined && (defined.schema?.safeParse(JSON.parse(text)).success ?? true);
}

/** Of the answer to a command: the ticket, or what became of several. */
interface Written {
  readonly id?: string;
  readonly results?: readonly { readonly id: string; readonly status: number }[];
}

/** What got in is projected and can be read, as it was sent. */
async function harmDone(desk: Desk, scene: Scene, { caller, body }: HostileRequest, text: string): Promise<string[]> {
  await desk.settle();
  const read = async (path: string) => {
    // Not by the caller's own key: it may be the one that was revoked.
    const key = caller === "root" || path === "/keys" ? scene.keys.root : scene.keys.agent;
    const headers = { Authorization: `Bearer ${key}`, "Consistency-Token": "latest" };
    const answer = await desk.ask(new Request(`https://edgedesk.test${path}`, { headers }));
    return { ok: answer.ok, text: await answer.text() };
  };
  const { id, results = [] } = text.startsWith("{") ? (JSON.parse(text) as Written) : {};
  const isTicket = id !== undefined && !text.includes('"created_by"');
  const changed = [...(isTicket ? [id] : []), ...results.filter(({ status }) => status === 200).map((one) => one.id)];
  const lists = ["/tickets?limit=100", "/tickets?limit=100&sort=created_at", "/stats", "/events?limit=100", "/keys"];
  const paths = [...lists, ...changed.flatMap((one) => [`/tickets/${one}`, `/tickets/${one}/events`])];
  const broken: string[] = [];
  for (const path of paths) {
    const page = await read(path);
    if (!page.ok) broken.push(`${path} cannot be read any more: ${page.text.slice(0, 500)}`);
    else if (path === `/tickets/${id}` && !isAsSent(page.text, body)) broken.push(`${path} shows what was not sent`);
  }
  const parked = await desk.db
    .prepare("SELECT count(*) AS parked FROM projection_backlog WHERE ticket_id <> ?1")
    .bind(scene.tickets.parked)
    .first<number>("parked");
  if (parked !== 0) broken.push(`${parked} tickets cannot be projected`);
  return broken;
}

/** Every text that has the same name in the request and in the ticket is the same text. */
function isAsSent(details: string, body: HostileRequest["body"]): boolean {
  const sent: Record<string, unknown> = JSON.parse(
    new TextDecoder().decode(typeof body === "string" ? new TextEncoder().encode(body) : body),
  );
  const shown: Record<string, unknown> = JSON.parse(details);
  return ["subject", "message", "customer_id", "external_id"].every(
    (field) => typeof sent[field] !== "string" || sent[field] === shown[field],
  );
}

async function countEvents({ db }: Desk): Promise<number> {
  return (await db.prepare("SELECT seq FROM db_clock").first<number>("seq")) ?? 0;
}

/** The events of the workspace that none of the callers is in. */
async function countForeignEvents({ db }: Desk, { tickets }: Scene): Promise<number | null> {
  const sql =
    "SELECT count(*) AS events FROM ticket_events WHERE workspace_id = (SELECT workspace_id FROM tickets WHERE id = ?1)";
  return await db.prepare(sql).bind(tickets.foreign).first<number>("events");
}

/** What a polluted prototype would have more of (https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html). */
function globalProperties(): number {
  return [Object, Array, String, Function].reduce((sum, { prototype }) => sum + Reflect.ownKeys(prototype).length, 0);
}
