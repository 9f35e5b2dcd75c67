import type { Parameters } from "../../src/platform/parameters.ts";

/** What the tokenizer cannot find a part of: scripts without blanks, whose sentences it takes for one word. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** Whether a text can be looked for. */
export function isSearchable(text: string): boolean {
  return !UNSPACED.test(text);
}

/** The words of a text, and "what stands in quotes", each as FTS5 takes it: in quotes, where nothing else is syntax. */
export function phrasesOf(text: string): string[] {
  const parts = text.split('"').flatMap((part, index) => (index % 2 === 1 ? [part] : part.split(/\s+/u)));
  return [...new Set(parts)].filter((part) => /[\p{L}\p{N}]/u.test(part)).map((part) => `"${part}"`);
}

/** That a ticket is among those with a phrase in any of its messages: they are gathered first. */
export function isAmongThoseWith(phrase: string, bind: Parameters["bind"]): string {
  return `t.n IN (${ticketsMatching(bind(phrase))})`;
}

/** The same, asked of one ticket after the other: whether FTS5 has one of its messages among those with the phrase. */
export function has(phrase: string, bind: Parameters["bind"]): string {
  return `EXISTS (SELECT 1 FROM messages AS message CROSS JOIN message_search AS entry ON entry.rowid = message.n
    WHERE message.ticket = t.n AND entry.message_search MATCH ${bind(phrase)})`;
}

/** SQL that is 0 for a ticket that has all phrases in its subject, and 1 for the others. */
export function rankBy(phrases: readonly string[], bind: Parameters["bind"]): string {
  return `(t.n NOT IN (${ticketsMatching(bind(`{subject} : (${phrases.join(" AND ")})`))}))`;
}

function ticketsMatching(match: string): string {
  return `SELECT message.ticket FROM message_search AS entry CROSS JOIN messages AS message ON message.n = entry.rowid
    WHERE entry.message_search MATCH ${match}`;
}
