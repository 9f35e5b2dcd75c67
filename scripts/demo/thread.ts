/** The source format of a demo ticket. Times are minutes before now, so that the lists look current on any day. */
export interface Thread {
  /** The customer's id. */
  readonly from: string;
  readonly subject: string;
  readonly priority?: "low" | "high" | "urgent";
  /** The assignee, if it is not the last agent in the thread; null: unassigned. */
  readonly assignee?: string | null;
  /** The topics, then the language. */
  readonly tags: readonly string[];
  /** The turns, oldest first. The first is the customer's question. */
  readonly turns: readonly [Turn, ...Turn[]];
}

export type Turn =
  | { readonly kind: "message"; readonly agent?: string; readonly ago: number; readonly text: string }
  | { readonly kind: "note"; readonly agent: string; readonly ago: number; readonly text: string }
  | { readonly kind: "status"; readonly status: "pending" | "resolved" | "closed"; readonly ago: number };

type Text = (text: TemplateStringsArray) => Turn;

/** One hour and one day, in minutes. */
export const H = 60;
export const D = 24 * H;

/** A message of the customer, so many minutes ago. */
export const customer =
  (ago: number): Text =>
  (text) => ({ kind: "message", ago, text: flowing(text) });

/** A message of an agent. */
export const agent =
  (name: string, ago: number): Text =>
  (text) => ({ kind: "message", agent: name, ago, text: flowing(text) });

/** A note of an agent, which the customer does not see. */
export const note =
  (name: string, ago: number): Text =>
  (text) => ({ kind: "note", agent: name, ago, text: flowing(text) });

/** An empty line begins a paragraph. Other line breaks become spaces, except between Chinese or Japanese characters. */
function flowing(text: TemplateStringsArray): string {
  const paragraphs = text
    .join("")
    .trim()
    .split(/\n\s*\n\s*/u);
  const joined = paragraphs.map((paragraph) =>
    paragraph.replace(/(?<=[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}，？！：；])\n\s*/gu, "").replace(/\s*\n\s*/gu, " "),
  );
  return joined.join("\n\n");
}

/** A change of the status, at most one a thread. A customer's message after `pending` or `resolved` reopens the ticket. */
export const pending = (ago: number): Turn => ({ kind: "status", status: "pending", ago });
export const resolved = (ago: number): Turn => ({ kind: "status", status: "resolved", ago });
export const closed = (ago: number): Turn => ({ kind: "status", status: "closed", ago });
