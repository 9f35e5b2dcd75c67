import type { ImportLine } from "../../src/commands/import-line.ts";
import {
  AGENT_NEXT,
  AGENTS,
  ASSIGNED,
  BODY,
  LANGUAGES,
  LONG_BODY,
  NEW_CUSTOMERS,
  NOTES,
  PAUSE,
  PRIORITIES,
  REPLIES,
  STATUSES,
  SUBJECT,
  TOPICS,
} from "./measured.ts";
import { Random, Shares } from "./random.ts";
import { scriptOf, Writer } from "./vocabulary.ts";

/** When the first ticket came, and the milliseconds from each to the next: a thousand a day. */
const FIRST_AT = Date.UTC(2024, 0, 1);
const STEP_MS = 80_000;

/** Later than all that tickets tell of, up to a million of them: when the databases are filled, by their own clock. */
export const FILLED_AT = Date.UTC(2026, 9, 1);

/** The longest text there is has its place, so that any ten thousand tickets have one. */
const LONGEST_EVERY = 10_000;
const LONGEST_AT = 4_999;

const SEED = 7;
const HOUR_MS = 3_600_000;
/** No thread goes on for longer than that, whatever its pauses. */
const LONGEST_THREAD_MS = 60 * 24 * HOUR_MS;

const languages = new Shares(LANGUAGES);
const topics = new Shares(TOPICS);
const replyCounts = new Shares([...REPLIES.shares, REPLIES.beyond.share]);
const agents = new Shares([...AGENTS.shares, 1 - AGENTS.shares.reduce<number>((sum, share) => sum + share, 0)]);
const priorities = new Shares(Object.values(PRIORITIES));
const PRIORITY_NAMES = ["low", "normal", "high", "urgent"] as const;

/**
 * The ticket of a number, as a line of an import: always the same, whatever was asked for before. The tickets come in the order of their
 * `created_at`. No text is anybody's: see measured.ts for what of it is real.
 */
export function ticketAt(index: number): ImportLine {
  const random = new Random(SEED, index);
  const language = languages.draw(random);
  const writer = new Writer(random, scriptOf(language));
  const created_at = FIRST_AT + index * STEP_MS + random.below(STEP_MS);
  const isLongest = index % LONGEST_EVERY === LONGEST_AT;
  const subject = writer.text(lengthOf(random, SUBJECT)).replaceAll("\n", " ");
  const message = writer.text(isLongest ? BODY.most : bodyLength(random));
  const owner = drawAgent(random);
  const messages = conversation(random, writer, owner, created_at);
  const isReplied = messages.some(({ from }) => from === "agent");
  const last = messages.at(-1);
  const notes = drawNotes(random, writer, owner, created_at);
  const ended = Math.max(created_at, last?.created_at ?? 0, notes.at(-1)?.created_at ?? 0);
  return {
    external_id: `mail-${index}`,
    customer_id: `customer-${drawCustomer(random, index)}`,
    subject,
    message,
    created_at,
    tags: [`language-${language}`, `topic-${topics.draw(random)}`],
    priority: PRIORITY_NAMES[priorities.draw(random)] ?? "normal",
    assignee_id: random.happens(isReplied ? ASSIGNED.replied : ASSIGNED.unreplied) ? owner : null,
    ...drawStatus(random, last?.from ?? "customer", ended),
    messages,
    notes,
  };
}

/** The tickets from one number to another, which is not among them. */
export function* ticketsBetween(first: number, end: number): Generator<ImportLine> {
  for (let index = first; index < end; index++) yield ticketAt(index);
}

interface Lengths {
  readonly median: number;
  readonly sigma: number;
  readonly least: number;
  readonly most: number;
}

function lengthOf(random: Random, { median, sigma, least, most }: Lengths): number {
  return Math.round(Math.min(Math.max(random.lognormal(median, sigma), least), most));
}

function bodyLength(random: Random): number {
  if (random.happens(LONG_BODY.share)) return Math.floor(random.loguniform(LONG_BODY.least, BODY.most));
  return lengthOf(random, BODY);
}

function drawAgent(random: Random): string {
  const place = agents.draw(random);
  const number = place < AGENTS.shares.length ? place : Math.floor(random.loguniform(place, AGENTS.all));
  return `agent-${number}`;
}

/** Either somebody new, or one of those before: the earlier, the more often. */
function drawCustomer(random: Random, index: number): number {
  return random.happens(NEW_CUSTOMERS) ? index : Math.floor(index * random.unit() ** 3);
}

function drawReplies(random: Random): number {
  const count = replyCounts.draw(random);
  if (count < REPLIES.shares.length) return count;
  const more = -REPLIES.beyond.mean * Math.log(1 - random.unit());
  return Math.min(count + Math.floor(more), REPLIES.beyond.most);
}

function conversation(random: Random, writer: Writer, owner: string, begun: number): ImportLine["messages"] {
  const messages: ImportLine["messages"] = [];
  let share: number = AGENT_NEXT.first;
  let created_at = begun;
  for (let left = drawReplies(random); left > 0; left--) {
    created_at = after(random, created_at, begun);
    const body = writer.text(bodyLength(random));
    const isAgent = random.happens(share);
    share = isAgent ? AGENT_NEXT.afterAgent : AGENT_NEXT.afterCustomer;
    if (!isAgent) messages.push({ from: "customer", body, created_at });
    // Most of what agents write is the owner's.
    else messages.push({ from: "agent", agent_id: random.happens(0.8) ? owner : drawAgent(random), body, created_at });
  }
  return messages;
}

function drawNotes(random: Random, writer: Writer, owner: string, begun: number): ImportLine["notes"] {
  const notes: ImportLine["notes"] = [];
  let created_at = begun;
  for (let share: number = NOTES.first; random.happens(share); share = NOTES.further) {
    created_at = after(random, created_at, begun);
    notes.push({ agent_id: owner, note: writer.text(bodyLength(random)), created_at });
  }
  return notes;
}

function drawStatus(
  random: Random,
  last: "customer" | "agent",
  ended: number,
): Pick<ImportLine, "status" | "status_at"> {
  const at = random.unit();
  const status_at = after(random, ended, ended);
  if (at < STATUSES.closed) return { status: "closed", status_at };
  if (at < STATUSES.closed + STATUSES.resolved) return { status: "resolved", status_at };
  return last === "agent" ? { status: "pending", status_at: ended } : { status: "open" };
}

/** A while later, within the time that a thread has. */
function after(random: Random, at: number, begun: number): number {
  const pause = Math.min(random.lognormal(PAUSE.median, PAUSE.sigma), PAUSE.most) * HOUR_MS;
  return Math.floor(Math.min(at + 1_000 + pause, begun + LONGEST_THREAD_MS));
}
