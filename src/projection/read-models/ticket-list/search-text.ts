import { digestOf } from "../../../platform/sealed.ts";
import { isPair, wordsOf } from "../../../search/words.ts";
import type { SearchTable } from "../../core/projection.ts";

/**
 * Searchable text of a ticket, in bytes: its first message and the newest messages up to this size, and notes
 * likewise. Also the maximum of each text, in characters.
 */
export const TEXT_LENGTH = 32_768;

/**
 * Maximum number of character pairs in a ticket's messages, and likewise in its notes. Nearly each pair is a distinct
 * word, which costs the database five times as much as a word of an alphabet. One text may use half of them, so that
 * a long text leaves room for others.
 */
export const MAX_PAIRS = 8_192;
export const MAX_PAIRS_OF_TEXT = MAX_PAIRS / 2;

/** Number of latest events searched for the newest messages and notes. */
export const NEWEST_EVENTS = 200;

/**
 * Maximum length of the words of all messages, and of all notes, in UTF-16 units. With the subject they stay below
 * the limit of a call.
 */
const MAX_WORDS_LENGTH = 95_000;

/** Separates messages, so that no phrase spans two of them. It never occurs as a word. */
const BARRIER = ".";

/** A message or note: event type and text. */
export type Part = readonly [type: string, text: string];

/** Searchable words of a ticket. */
export interface SearchText {
  readonly search_subject: string;
  readonly search_messages: string;
  readonly search_notes: string;
}

/**
 * Computes a ticket's searchable words.
 *
 * @param first the first message
 * @param newest other messages and notes, newest first
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

/** Cuts words before the first pair beyond the limit. Leaving out only pairs would make words adjacent that are not. */
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
 * SQL for the newest messages and notes of `ticket`: a JSON array of {@link Part}s, newest first. Reads three rows
 * for each of the latest events, and only the needed prefix of each text.
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

/**
 * Maximum text loaded for one ticket: its first message, and twice the limit each of other messages and notes,
 * because the oldest one is loaded whole.
 */
const MAX_LOADED_BYTES = 5 * TEXT_LENGTH;

/** SQL for an upper bound of the bytes of text loaded for `ref`: the lengths of its first message and latest events. */
export const TEXT_SIZE = `min(${MAX_LOADED_BYTES},
  coalesce((SELECT octet_length(body) FROM ticket_events
    WHERE workspace_id = ref.workspace_id AND ticket_id = ref.ticket_id AND version = 1), 0)
  + coalesce((SELECT sum(bytes) FROM (SELECT octet_length(body) AS bytes FROM ticket_events
    WHERE workspace_id = ref.workspace_id AND ticket_id = ref.ticket_id AND version > 1
    ORDER BY version DESC LIMIT ${NEWEST_EVENTS})), 0))`;

const MARK = "entry.";
const MARK_BYTES = 8;

/**
 * Appends to the facets a word that is a digest of facets and texts. An audit uses it to compare a search entry with
 * its row without reading the words.
 */
export function withMark(facets: string, { search_subject, search_messages, search_notes }: SearchText): string {
  const digest = digestOf([facets, search_subject, search_messages, search_notes].join("\n")).subarray(0, MARK_BYTES);
  return `${facets} ${MARK}${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

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
