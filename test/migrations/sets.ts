import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The migrations of the project. */
export const MIGRATIONS = join(import.meta.dirname, "../../migrations");

/** Migrations as they were before they were edited. None may be added: a released migration is never edited. */
const FIXTURES = join(import.meta.dirname, "fixtures");

/** A set of migrations that the main branch has had, and the files of it that were edited later. */
export interface MigrationSet {
  readonly commit: string;
  /** The number of its last migration. */
  readonly last: string;
  /** The fixtures, by the number of the migration. */
  readonly edited: Readonly<Record<string, string>>;
}

const FIRST_CLOCK = { "0001": "0001_source.7ecdbda.sql" };
const WITHOUT_PREFIX = { "0007": "0007_views.b68b0a2.sql" };
const WITHOUT_UPDATE = { "0007": "0007_views.471d6b5.sql" };

/**
 * All sets that a Worker has written to, the oldest first. Of the commit before them, 7c8d256, there are no databases with data: it had no
 * Worker. A comment of 0010 was edited, too, which no database stores.
 */
export const SETS: readonly MigrationSet[] = [
  { commit: "7ecdbda", last: "0002", edited: FIRST_CLOCK },
  { commit: "95efe1e", last: "0003", edited: {} },
  { commit: "d73e96f", last: "0004", edited: {} },
  { commit: "843be80", last: "0005", edited: {} },
  { commit: "40f3f82", last: "0006", edited: {} },
  { commit: "b68b0a2", last: "0010", edited: WITHOUT_PREFIX },
  { commit: "471d6b5", last: "0010", edited: WITHOUT_UPDATE },
  { commit: "5870319", last: "0010", edited: {} },
  { commit: "e6286b6", last: "0011", edited: {} },
  { commit: "1e5a96c", last: "0012", edited: {} },
  { commit: "bf8ce9e", last: "0014", edited: {} },
  { commit: "a7ce385", last: "0015", edited: {} },
];

/** One migration, as SQL. */
export interface Migration {
  readonly number: string;
  readonly sql: string;
}

/** The migrations of the project, in order, some of them as they were. */
export function migrations(edited: MigrationSet["edited"] = {}): Migration[] {
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith(".sql"));
  return files.toSorted().map((file) => {
    const number = file.slice(0, 4);
    const fixture = edited[number];
    const path = fixture === undefined ? join(MIGRATIONS, file) : join(FIXTURES, fixture);
    return { number, sql: readFileSync(path, "utf8") };
  });
}
