import { facetWord, periodsAt } from "../../../search/facets.ts";

/** The columns of a ticket from which its facets are computed. */
interface FacetSource {
  readonly workspace_id: string;
  readonly external_id: string | null;
  readonly customer_id: string;
  readonly status: string;
  readonly priority: string;
  readonly assignee_id: string | null;
  /** A JSON array of strings. */
  readonly tags: string;
  readonly note_count: number;
  readonly waiting_since: number | null;
  readonly first_replied_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

/**
 * The facets of a ticket and their values. A ticket without a value has the facet with null, or not at all. No name begins with two
 * hexadecimal digits: an escaped workspace could otherwise read like another workspace and a name.
 */
const FACETS = {
  all: () => [null],
  status: ({ status }) => [status],
  priority: ({ priority }) => [priority],
  assignee: ({ assignee_id }) => [assignee_id],
  customer: ({ customer_id }) => [customer_id],
  external: ({ external_id }) => (external_id === null ? [] : [external_id]),
  note: ({ note_count }) => [note_count > 0],
  waiting: ({ waiting_since }) => [waiting_since !== null],
  unreplied: ({ first_replied_at }) => [first_replied_at === null],
  tag: ({ tags }) => JSON.parse(tags),
  created: ({ created_at }) => periodsAt(created_at),
  updated: ({ updated_at }) => periodsAt(updated_at),
} as const satisfies Record<string, (ticket: FacetSource) => readonly (string | boolean | null)[]>;

/** The name of a facet: a property, beside its text, by which a ticket is found. */
export type Facet = keyof typeof FACETS;

/** All facets of a ticket, as words separated by spaces. */
export function facetsOf(ticket: FacetSource): string {
  const words = Object.entries(FACETS).flatMap(([name, valuesOf]) =>
    valuesOf(ticket).map((value: string | boolean | null) => facetWord(ticket.workspace_id, name, value)),
  );
  return words.join(" ");
}
