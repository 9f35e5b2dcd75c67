import type { Thread, Turn } from "./thread.ts";
import { arabicHindiThai } from "./threads/arabic-hindi-thai.ts";
import { english } from "./threads/english.ts";
import { frenchSpanish } from "./threads/french-spanish.ts";
import { germanDutchSwedish } from "./threads/german-dutch-swedish.ts";
import { japaneseChineseKorean } from "./threads/japanese-chinese-korean.ts";
import { polishUkrainianTurkish } from "./threads/polish-ukrainian-turkish.ts";
import { portugueseItalian } from "./threads/portuguese-italian.ts";

/** One line of `POST /tickets/import`; times are milliseconds since 1970. */
export interface ImportLine {
  readonly external_id: string;
  readonly customer_id: string;
  readonly subject: string;
  readonly message: string;
  readonly created_at: number;
  readonly tags: readonly string[];
  readonly priority?: "low" | "normal" | "high" | "urgent";
  readonly assignee_id: string | null;
  readonly status?: "open" | "pending" | "resolved" | "closed";
  readonly status_at?: number;
  readonly messages: readonly {
    readonly from: "customer" | "agent";
    readonly agent_id?: string;
    readonly body: string;
    readonly created_at: number;
  }[];
  readonly notes: readonly { readonly agent_id: string; readonly note: string; readonly created_at: number }[];
}

const MINUTE_MS = 60_000;
/** Threads have times in minutes: this offset, in milliseconds, keeps the times of different threads apart. */
const APART_MS = 617;

/**
 * The tickets of Tidewell, a fictional maker of air monitors: the same each time, with times before `now` (milliseconds since 1970).
 * Their `external_id`s are fixed, so that importing them again changes nothing.
 */
export function demoTickets(now: number): readonly ImportLine[] {
  const threads = [
    ...english,
    ...germanDutchSwedish,
    ...frenchSpanish,
    ...portugueseItalian,
    ...polishUkrainianTurkish,
    ...japaneseChineseKorean,
    ...arabicHindiThai,
  ];
  return threads.map((thread, index) => {
    const at = (turn: Turn) => now - turn.ago * MINUTE_MS - index * APART_MS;
    return importLineSchema(thread, `demo-${String(index + 1).padStart(3, "0")}`, at);
  });
}

/** A follow-up of a closed ticket, which an import cannot create. */
export const followUp = {
  /** The `external_id` of the closed ticket. */
  of: "demo-006",
  ticket: {
    external_id: "demo-follow-up",
    customer_id: "priya-nair",
    subject: "Export to CSV, every Monday",
    message: "The export works well, thank you. Can it come by mail every Monday?",
    priority: "low",
    tags: ["app", "question", "en"],
  },
} as const;

function importLineSchema(thread: Thread, externalId: string, at: (turn: Turn) => number): ImportLine {
  const [question, ...turns] = thread.turns;
  const agents = turns.flatMap((turn) => (turn.kind === "status" ? [] : (turn.agent ?? [])));
  const status = turns.find((turn) => turn.kind === "status");
  return {
    external_id: externalId,
    customer_id: thread.from,
    subject: thread.subject,
    message: question.kind === "status" ? "" : question.text,
    created_at: at(question),
    tags: thread.tags,
    ...(thread.priority === undefined ? {} : { priority: thread.priority }),
    assignee_id: thread.assignee === undefined ? (agents.at(-1) ?? null) : thread.assignee,
    ...(status === undefined ? {} : { status: status.status, status_at: at(status) }),
    messages: turns
      .filter((turn) => turn.kind === "message")
      .map((turn) => ({
        ...(turn.agent === undefined ? { from: "customer" } : { from: "agent", agent_id: turn.agent }),
        body: turn.text,
        created_at: at(turn),
      })),
    notes: turns
      .filter((turn) => turn.kind === "note")
      .map((turn) => ({ agent_id: turn.agent, note: turn.text, created_at: at(turn) })),
  };
}
