import type { Parameters } from "../../../platform/parameters.ts";
import type { ReadTicket } from "../../../platform/tables/read.ts";
import type { Facet } from "../../../projection/read-models/ticket-list/facets.ts";
import { facetWord, periodsWithin } from "../../../search/facets.ts";
import { type Phrase, phrasesOf } from "../../../search/words.ts";
import type { Time } from "./request.ts";

type Bind = Parameters["bind"];

/** SQL for a condition on a row. */
export type Condition = (bind: Bind) => string;

/** The values of the filters in {@link FILTERS}. */
interface FilterValues {
  /** Any of these. */
  readonly status: readonly ReadTicket["status"][];
  /** Any of these. */
  readonly priority: readonly ReadTicket["priority"][];
  /** All of these. */
  readonly tag: readonly string[];
  /** An agent; null for unassigned tickets. */
  readonly assignee_id: string | null;
  readonly customer_id: string;
  readonly external_id: string;
  readonly has_note: boolean;
  /** True if the customer waits for an answer. */
  readonly waiting: boolean;
  /** True if no agent has replied yet. */
  readonly unreplied: boolean;
  // Milliseconds since 1970: `after` is inclusive, `before` exclusive.
  readonly created_after: number;
  readonly created_before: number;
  readonly updated_after: number;
  readonly updated_before: number;
}

type FilterName = keyof FilterValues;

type GivenFilters = { readonly [Name in FilterName]?: FilterValues[Name] | undefined };

/** The filters of a list. A ticket must match all of them; a missing filter matches every ticket. */
export interface ListFilters extends GivenFilters {
  /** Words and "phrases" in the subject and the public messages. */
  readonly q?: string | undefined;
  /** Words and "phrases" in the notes. */
  readonly q_notes?: string | undefined;
}

type FacetValue = string | boolean | null;

/** A facet and its value, or several values of which a ticket must have one. */
type FacetTerm = readonly [name: Facet, value: FacetValue | readonly FacetValue[]];

/** The three ways to answer one filter. */
interface Filter<Value> {
  /** The column that the filter reads. */
  readonly column: keyof ReadTicket;
  /** The search table: the ticket must match every term. */
  readonly facets: (value: Value) => readonly FacetTerm[];
  /** The index on the column, in the order of `updated_at`: one condition for each branch. Absent without such an index. */
  readonly index?: (value: Value) => readonly Condition[];
  /** The row itself: a search table only finds candidates, and these conditions decide. */
  readonly conditions: (value: Value, row: string, bind: Bind) => readonly string[];
}

/** Every filter. A new filter is a value above, a line here and a parameter in `http/schemas/list-query.ts`. */
const FILTERS: { readonly [Name in FilterName]: Filter<FilterValues[Name]> } = {
  status: anyOf("status", "status"),
  priority: anyOf("priority", "priority"),
  tag: {
    column: "tags",
    facets: (tags) => tags.map((tag) => ["tag", tag]),
    // Tags are a JSON array: only a whole tag has quotes at both ends.
    conditions: (tags, row, bind) => tags.map((tag) => `instr(${row}.tags, ${bind(JSON.stringify(tag))})`),
  },
  assignee_id: {
    column: "assignee_id",
    facets: (agent) => [["assignee", agent]],
    index: (agent) => [(bind) => (agent === null ? "assignee_id IS NULL" : `assignee_id = ${bind(agent)}`)],
    conditions: (agent, row, bind) => [`${row}.assignee_id IS ${bind(agent)}`],
  },
  customer_id: indexedEqual("customer_id", "customer"),
  external_id: equal("external_id", "external"),
  has_note: flag("has_note", "note"),
  waiting: flag("waiting_since", "waiting", " IS NOT NULL"),
  unreplied: flag("first_replied_at", "unreplied", " IS NULL"),
  created_after: bound("created_at", ">="),
  created_before: bound("created_at", "<"),
  updated_after: bound("updated_at", ">="),
  updated_before: bound("updated_at", "<"),
};

function anyOf<Value extends string>(column: "status" | "priority", facet: Facet): Filter<readonly Value[]> {
  return {
    column,
    facets: (values) => [[facet, values]],
    index: (values) => values.map((value) => (bind) => `${column} = ${bind(value)}`),
    conditions: (values, row, bind) => [`${row}.${column} IN (${values.map(bind).join(", ")})`],
  };
}

function equal(column: keyof ReadTicket, facet: Facet): Filter<string> {
  return {
    column,
    facets: (value) => [[facet, value]],
    conditions: (value, row, bind) => [`${row}.${column} = ${bind(value)}`],
  };
}

function indexedEqual(column: keyof ReadTicket, facet: Facet): Filter<string> {
  return { ...equal(column, facet), index: (value) => [(bind) => `${column} = ${bind(value)}`] };
}

/** @param test SQL after the column */
function flag(column: keyof ReadTicket, facet: Facet, test = ""): Filter<boolean> {
  return {
    column,
    facets: (isSet) => [[facet, isSet]],
    index: (isSet) => [(bind) => `${test === "" ? column : `(${column}${test})`} = ${bind(Number(isSet))}`],
    conditions: (isSet, row) => [`${isSet ? "" : "NOT "}(${row}.${column}${test})`],
  };
}

/** One end of a range of time; {@link searchTermsOf} makes the facets of both ends together. */
function bound(column: Time, operator: ">=" | "<"): Filter<number> {
  return {
    column,
    facets: () => [],
    conditions: (value, row, bind) => [`${row}.${column} ${operator} ${bind(value)}`],
  };
}

const NAMES = Object.keys(FILTERS) as FilterName[];

/** Applies a function to each given filter and its value. */
function eachGiven<Result>(
  filters: GivenFilters,
  apply: <Value>(filter: Filter<Value>, value: Value) => readonly Result[],
): Result[] {
  const applyTo = <Name extends FilterName>(name: Name): readonly Result[] => {
    const value: FilterValues[Name] | undefined = filters[name];
    return value === undefined ? [] : apply<FilterValues[Name]>(FILTERS[name], value);
  };
  return NAMES.flatMap((name) => applyTo(name));
}

/** The columns that the filters read. */
export function columnsOf(filters: ListFilters): string[] {
  return eachGiven(filters, ({ column }) => [column]);
}

/**
 * The conditions for which an index in the order of `updated_at` has the rows: one for each branch.
 *
 * A range of `updated_at` beside another filter has no such index: SQLite might use the index of the range and read all rows in it.
 *
 * @param filters canonical
 * @returns undefined if no index answers these filters
 */
export function indexConditionsOf({ updated_after, updated_before, ...filters }: ListFilters): Condition[] | undefined {
  const count = Object.keys(filters).length;
  if (count === 0) return [() => "true"];
  if (count > 1 || updated_after !== undefined || updated_before !== undefined) return undefined;
  const conditions = eachGiven<Condition>(filters, ({ index }, value) => index?.(value) ?? []);
  return conditions.length > 0 ? conditions : undefined;
}

/**
 * The conditions of the filters on the row itself, except for the text.
 *
 * @param row the name of the row in the statement
 */
export function conditionsOf(filters: ListFilters, row: string, { bind }: Pick<Parameters, "bind">): string[] {
  return eachGiven(filters, ({ conditions }, value) => conditions(value, row, bind));
}

/** The terms of a search. */
export interface SearchTerms {
  readonly facets: readonly (string | readonly string[])[];
  readonly text: readonly Phrase[];
  readonly notes: readonly Phrase[];
}

/**
 * The search terms for the filters.
 *
 * @param by the order: a range of its own times is a range of places and needs no term
 * @returns undefined if nothing can match
 */
export function searchTermsOf(workspaceId: string, filters: ListFilters, by: Time): SearchTerms | undefined {
  const periods = (name: "created" | "updated", after: number | undefined, before: number | undefined): FacetTerm[] =>
    (after === undefined && before === undefined) || by === `${name}_at`
      ? []
      : [[name, periodsWithin({ after, before })]];
  const facets = [
    ...eachGiven<FacetTerm>(filters, ({ facets }, value) => facets(value)),
    ...periods("created", filters.created_after, filters.created_before),
    ...periods("updated", filters.updated_after, filters.updated_before),
  ].map(([name, value]) =>
    isList(value) ? value.map((one) => facetWord(workspaceId, name, one)) : facetWord(workspaceId, name, value),
  );
  const text = phrasesOf(filters.q ?? "");
  const notes = phrasesOf(filters.q_notes ?? "");
  // A query without a word and a range without a period match nothing.
  const isEmpty =
    (filters.q !== undefined && text.length === 0) ||
    (filters.q_notes !== undefined && notes.length === 0) ||
    facets.some((words) => words.length === 0);
  if (isEmpty) return undefined;
  return { facets: facets.length > 0 ? facets : [facetWord(workspaceId, "all")], text, notes };
}

function isList(value: FacetValue | readonly FacetValue[]): value is readonly FacetValue[] {
  return Array.isArray(value);
}
