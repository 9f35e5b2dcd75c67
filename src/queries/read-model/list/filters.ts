import type { Parameters } from "../../../platform/parameters.ts";
import { type Facet, facet, periodsWithin } from "../../../search/facets.ts";
import { type Phrase, phrasesOf } from "../../../search/words.ts";
import type { ListFilters, Time } from "./request.ts";

/** What the search tables are asked for. */
export interface Asked {
  readonly facets: readonly (string | readonly string[])[];
  readonly text: readonly Phrase[];
  readonly notes: readonly Phrase[];
}

/**
 * The words for some filters.
 *
 * @param by the order: a range of its times is a range of places, and needs no words
 * @returns undefined where nothing can match
 */
export function askedBy(workspaceId: string, filters: ListFilters, by: Time): Asked | undefined {
  const { status, priority, tag = [], assignee_id, customer_id, external_id, has_note, waiting, unreplied } = filters;
  const word = (name: Facet, value?: string | boolean | null) => facet(workspaceId, name, value);
  const one = (name: Facet, value: string | boolean | null | undefined) =>
    value === undefined ? [] : [word(name, value)];
  const within = (name: "created" | "updated", after: number | undefined, before: number | undefined) =>
    (after === undefined && before === undefined) || by === `${name}_at`
      ? []
      : [periodsWithin({ after, before }).map((period) => word(name, period))];
  const facets = [
    ...(status ? [status.map((value) => word("status", value))] : []),
    ...(priority ? [priority.map((value) => word("priority", value))] : []),
    ...tag.map((value) => word("tag", value)),
    ...one("assignee", assignee_id),
    ...one("customer", customer_id),
    ...one("external", external_id),
    ...one("note", has_note),
    ...one("waiting", waiting),
    ...one("unreplied", unreplied),
    ...within("created", filters.created_after, filters.created_before),
    ...within("updated", filters.updated_after, filters.updated_before),
  ];
  const asked = {
    facets: facets.length > 0 ? facets : [word("all")],
    text: phrasesOf(filters.q ?? ""),
    notes: phrasesOf(filters.q_notes ?? ""),
  };
  // What has no word in it is nowhere.
  const isInVain =
    (filters.q !== undefined && asked.text.length === 0) ||
    (filters.q_notes !== undefined && asked.notes.length === 0) ||
    facets.some((words) => words.length === 0);
  return isInVain ? undefined : asked;
}

/**
 * The same filters, but for the text, as conditions on the row itself: an entry of a search table finds a ticket, and never makes one
 * match.
 *
 * @param row the row's name in the statement
 */
export function conditionsOf(filters: ListFilters, row: string, { bind }: Pick<Parameters, "bind">): string[] {
  const { status, priority, tag = [], assignee_id, has_note, waiting, unreplied } = filters;
  const among = (column: string, values: readonly string[] | undefined) =>
    values ? [`${row}.${column} IN (${values.map(bind).join(", ")})`] : [];
  const compared = (column: string, operator: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${row}.${column} ${operator} ${bind(value)}`];
  const is = (condition: string, wanted: boolean | undefined) =>
    wanted === undefined ? [] : [`${wanted ? "" : "NOT "}(${condition})`];
  return [
    ...among("status", status),
    ...among("priority", priority),
    // Tags are a JSON array, in which nothing else has a quote at both ends.
    ...tag.map((value) => `instr(${row}.tags, ${bind(JSON.stringify(value))})`),
    ...(assignee_id === undefined ? [] : [`${row}.assignee_id IS ${bind(assignee_id)}`]),
    ...compared("customer_id", "=", filters.customer_id),
    ...compared("external_id", "=", filters.external_id),
    ...is(`${row}.has_note`, has_note),
    ...is(`${row}.waiting_since IS NOT NULL`, waiting),
    ...is(`${row}.first_replied_at IS NULL`, unreplied),
    ...compared("created_at", ">=", filters.created_after),
    ...compared("created_at", "<", filters.created_before),
    ...compared("updated_at", ">=", filters.updated_after),
    ...compared("updated_at", "<", filters.updated_before),
  ];
}
