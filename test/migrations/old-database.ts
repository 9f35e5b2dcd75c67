import { templateOf } from "../simulation/d1/connection.ts";
import { SimulatedD1 } from "../simulation/d1.ts";
import { type MigrationSet, migrations } from "./sets.ts";

/** A stored value. */
type Value = string | number | null;

/** What an older Worker would have written: the rows of these tables, with the columns that they had. */
const FILLED = ["tickets", "ticket_events", "read_tickets"];

/** The projector of the Worker whose last migration this was. */
function projectorOf(last: string): number {
  if (last < "0007") return 1;
  return last < "0014" ? 2 : 3;
}

/**
 * A database that was made with a set of migrations, holds the tickets of another database, and has got all later migrations.
 *
 * @param before SQL to run before the later migrations
 */
export function upgraded({ last, edited }: MigrationSet, filled: SimulatedD1, before = ""): SimulatedD1 {
  const all = migrations(edited);
  const made = all.filter(({ number }) => number <= last);
  const rest = all.filter(({ number }) => number > last);
  const old = new SimulatedD1({ template: templateOf(joined(made)), replicas: 0 });
  const script = [joined(made), contentFor(old, filled, last), before, joined(rest)].join("\n");
  old.close();
  return new SimulatedD1({ template: templateOf(script), replicas: 0 });
}

/** A database with these migrations and no tickets. */
export function emptyDatabase({ edited }: Pick<MigrationSet, "edited">, last = "9999"): SimulatedD1 {
  const sql = joined(migrations(edited).filter(({ number }) => number <= last));
  return new SimulatedD1({ template: templateOf(sql), replicas: 0 });
}

/** The schema of a database, without what differs by comments, blanks and quotes. */
export function schemaOf(d1: SimulatedD1): string[] {
  const rows = d1.peek<{ type: string; name: string; tbl_name: string; sql: string | null }>(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
  );
  return rows.map(({ type, name, tbl_name, sql }) => [type, name, tbl_name, normalized(sql ?? "")].join(" | "));
}

function normalized(sql: string): string {
  return sql
    .replaceAll(/--.*$/gmu, "")
    .replaceAll('"', "")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/ ?([(),]) ?/gu, "$1");
}

function joined(list: readonly { readonly sql: string }[]): string {
  return list.map(({ sql }) => sql).join("\n");
}

function contentFor(old: SimulatedD1, filled: SimulatedD1, last: string): string {
  const rows = FILLED.flatMap((table) => insertions(old, filled, table));
  const clock = filled.peek<Record<string, Value>>("SELECT at, seq, tickets FROM db_clock")[0] ?? {};
  const known = columnsOf(old, "db_clock");
  const set = Object.entries(clock).flatMap(([column, value]) =>
    known.includes(column) ? [`${column} = ${literal(value)}`] : [],
  );
  const projector = projectorOf(last);
  return [
    ...rows,
    `UPDATE db_clock SET ${set.join(", ")};`,
    `UPDATE read_tickets SET projector = ${projector};`,
    ...(last < "0004" ? [] : [`UPDATE projection_jobs SET projector = ${projector};`]),
  ].join("\n");
}

function insertions(old: SimulatedD1, filled: SimulatedD1, table: string): string[] {
  const columns = columnsOf(old, table).filter((column) => columnsOf(filled, table).includes(column));
  return filled.peek<Record<string, Value>>(`SELECT * FROM ${table}`).map((row) => {
    const values = columns.map((column) => literal(row[column] ?? null));
    return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${values.join(", ")});`;
  });
}

function columnsOf(d1: SimulatedD1, table: string): string[] {
  return d1.peek<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => name);
}

function literal(value: Value): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value ?? "NULL");
}
