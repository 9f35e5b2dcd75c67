import { listViews, queryOf } from "./read-views.ts";
import { readSuite } from "./reads.ts";

/** What a page of the list costs in the database, the first one and one halfway through, for each filter and order. */
export const lists = readSuite("lists", 4, (marks) =>
  listViews(marks.middle).flatMap((view) => {
    const query = queryOf(view);
    const deep = new URLSearchParams([...query, ["cursor", marks.halfway(view)]]);
    return [
      { what: view.what, path: `/tickets?${query}` },
      { what: `${view.what}, halfway`, path: `/tickets?${deep}` },
    ];
  }),
);
