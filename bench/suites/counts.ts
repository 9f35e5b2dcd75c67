import { readSuite } from "./reads.ts";

/** What the numbers by status, priority and assignee cost in the database. */
export const counts = readSuite("counts", 1, () => [{ what: "all numbers", path: "/stats" }]);
