/** How the demo threads are written down: times are minutes before now, so that the lists look alive on any day. */
export interface Thread {
  /** The customer's id. */
  readonly from: string;
  readonly subject: string;
  readonly priority?: "low" | "high" | "urgent";
  /** The agent who has it, where that is not the last one who did something for it; null: nobody. */
  readonly assignee?: string | null;
  /** What it is about; the language comes last. */
  readonly tags: readonly string[];
  /** What happened, oldest first. The first turn is the customer's question. */
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

/** The customer wrote, so many minutes ago. */
export const customer =
  (ago: number): Text =>
  (text) => ({ kind: "message", ago, text: flowing(text) });

/** An agent answered. */
export const agent =
  (name: string, ago: number): Text =>
  (text) => ({ kind: "message", agent: name, ago, text: flowing(text) });

/** An agent left a note that the customer does not see. */
export const note =
  (name: string, ago: number): Text =>
  (text) => ({ kind: "note", agent: name, ago, text: flowing(text) });

/** An empty line makes a paragraph; other line breaks are those of the source, where Chinese and Japanese have no space. */
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

/** The ticket was set to a status, once at most. A customer who writes after `pending` or `resolved` reopens it. */
export const pending = (ago: number): Turn => ({ kind: "status", status: "pending", ago });
export const resolved = (ago: number): Turn => ({ kind: "status", status: "resolved", ago });
export const closed = (ago: number): Turn => ({ kind: "status", status: "closed", ago });
