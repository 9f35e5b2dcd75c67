import { digestOf } from "../../../platform/sealed.ts";
import { isPair, wordsOf } from "../../../search/words.ts";
import type { SearchTable } from "../../core/projection.ts";

/**
 * How much of a ticket's texts can be searched: its first message and the newest ones, until together they have this many bytes; the
 * same of its notes. Of each at most so many characters.
 */
export const TEXT_LENGTH = 32_768;

/**
 * Pairs of characters that the messages of a ticket become at most, and likewise its notes. Nearly each pair is another word, which
 * costs the database five times what a word of an alphabet does. Of one text only half of them: a long one leaves room for the others.
 */
export const MAX_PAIRS = 8_192;
export const MAX_PAIRS_OF_TEXT = MAX_PAIRS / 2;

/** The newest messages and notes are looked for among so many events of a ticket. */
export const NEWEST_EVENTS = 200;

/** The words of all messages, and of all notes, are cut here, in UTF-16 units: with the subject's, they stay below the limit of a call. */
const MAX_WORDS_LENGTH = 95_000;

/** Stands between two messages, so that no phrase goes from one into the other. No text has it as a word. */
const BARRIER = ".";

/** A message or a note: its event's type, and its text. */
export type Part = readonly [type: string, text: string];

/** What of a ticket's texts is searched, as words. */
export interface SearchText {
  readonly search_subject: string;
  readonly search_messages: string;
  readonly search_notes: string;
}

/**
 * The words of a ticket.
 *
 * @param first its first message
 * @param newest its other messages and its notes, the newest first
 */
export function searchTextOf(subject: string, first: string, newest: readonly Part[]): SearchText {
  const ofType = (wanted: string) => newest.flatMap(([type, text]) => (type === wanted ? [text] : []));
  return {
    search_subject: joined([subject]),
    search_messages: joined([first, ...ofType("message.added")]),
    search_notes: joined(ofType("note.added")),
  };
}

function joined(texts: readonly string[]): string {
  let left = MAX_PAIRS;
  const kept = texts.map((text) => {
    const { words, pairs } = cutWords(wordsOf(text), Math.min(left, MAX_PAIRS_OF_TEXT));
    left -= pairs;
    return words.join(" ");
  });
  const words = kept.filter((words) => words !== "").join(` ${BARRIER} `);
  return words.length <= MAX_WORDS_LENGTH ? words : words.slice(0, words.lastIndexOf(" ", MAX_WORDS_LENGTH));
}

/** Words up to the last pair that there is room for. To leave out pairs alone would make neighbours of words that are none. */
function cutWords(words: readonly string[], room: number): { words: readonly string[]; pairs: number } {
  let pairs = 0;
  for (const [index, word] of words.entries()) {
    if (!isPair(word)) continue;
    if (pairs === room) return { words: words.slice(0, index), pairs };
    pairs++;
  }
  return { words, pairs };
}

/**
 * SQL for the newest messages and notes of `ticket`, a JSON array of {@link Part}s, the newest first. It reads three rows for each of the
 * newest events, and of each text only as far as it is wanted.
 */
export const NEWEST_TEXTS = `
(SELECT json_group_array(json_array(type, text)) FROM (
  SELECT type, substr(body, 1, ${TEXT_LENGTH}) AS text,
    sum(iif(type = 'note.added', 0, octet_length(body))) OVER newer AS messages,
    sum(iif(type = 'note.added', octet_length(body), 0)) OVER newer AS notes
  FROM ticket_events WHERE workspace_id = ticket.workspace_id AND ticket_id = ticket.id
    AND version > max(ticket.version - ${NEWEST_EVENTS}, 1) AND type IN ('message.added', 'note.added') AND body IS NOT NULL
  WINDOW newer AS (ORDER BY version DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ORDER BY version DESC
) WHERE coalesce(iif(type = 'note.added', notes, messages), 0) < ${TEXT_LENGTH})`;

/** What is loaded of one ticket at most: its first message, and twice the others and the notes, because the oldest one is whole. */
const MAX_LOADED_BYTES = 5 * TEXT_LENGTH;

/** SQL for the bytes of `ref`'s texts that are loaded, or more: the lengths of its first message and of its newest events. */
export const TEXT_SIZE = `min(${MAX_LOADED_BYTES},
  coalesce((SELECT octet_length(body) FROM ticket_events
    WHERE workspace_id = ref.workspace_id AND ticket_id = ref.ticket_id AND version = 1), 0)
  + coalesce((SELECT sum(bytes) FROM (SELECT octet_length(body) AS bytes FROM ticket_events
    WHERE workspace_id = ref.workspace_id AND ticket_id = ref.ticket_id AND version > 1
    ORDER BY version DESC LIMIT ${NEWEST_EVENTS})), 0))`;

const MARK = "entry.";
const MARK_BYTES = 8;

/**
 * Facets, with one word more that stands for them and for all text: an audit finds by it whether the search tables have what the row
 * has, without going through the words.
 */
export function withMark(facets: string, { search_subject, search_messages, search_notes }: SearchText): string {
  const digest = digestOf([facets, search_subject, search_messages, search_notes].join("\n")).subarray(0, MARK_BYTES);
  return `${facets} ${MARK}${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The search tables of the ticket list. */
export const SEARCH_TABLES: readonly SearchTable[] = [
  ["read_by_updated", "updated_at"] as const,
  ["read_by_created", "created_at"] as const,
  ["read_by_waiting", "waiting_since"] as const,
].map(([name, time]) => ({
  name,
  time,
  columns: { facets: "facets", subject: "search_subject", messages: "search_messages", notes: "search_notes" },
  mark: `substr(row.facets, -${MARK.length + 2 * MARK_BYTES})`,
}));
