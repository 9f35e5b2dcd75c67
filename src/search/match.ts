import type { Phrase } from "./words.ts";

/** What is looked for in the search tables. */
export interface Search {
  /** All of these facets; of a list, any. */
  readonly facets: readonly (string | readonly string[])[];
  /** All of these in the subject and the public messages. */
  readonly text?: readonly Phrase[] | undefined;
  /** All of these in the notes. */
  readonly notes?: readonly Phrase[] | undefined;
}

/**
 * Where the text is: a search by relevance takes tickets whose subject has all of it first, then the others.
 */
export type Where = "anywhere" | "subject" | "not the subject";

/**
 * The expression of FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax) for a search. Each word is in quotes: none of
 * them is an operator.
 */
export function matchOf({ facets, text = [], notes = [] }: Search, where: Where = "anywhere"): string {
  const found = `{subject messages} : ${allOf(text)}`;
  const inSubject = `subject : ${allOf(text)}`;
  const parts = [
    `facets : (${facets.map(anyOf).join(" AND ")})`,
    ...(text.length === 0
      ? []
      : [{ anywhere: found, subject: inSubject, "not the subject": `(${found} NOT ${inSubject})` }[where]]),
    ...(notes.length === 0 ? [] : [`notes : ${allOf(notes)}`]),
  ];
  return parts.join(" AND ");
}

function anyOf(facets: string | readonly string[]): string {
  return typeof facets === "string" ? `"${facets}"` : `(${facets.map((facet) => `"${facet}"`).join(" OR ")})`;
}

function allOf(phrases: readonly Phrase[]): string {
  return `(${phrases.map(({ words, isPrefix }) => `"${words.join(" ")}"${isPrefix ? " *" : ""}`).join(" AND ")})`;
}
