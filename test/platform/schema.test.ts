import { env } from "cloudflare:workers";
import { getTableColumns } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import * as operations from "../../src/platform/tables/engine.ts";
import * as read from "../../src/platform/tables/read.ts";
import * as source from "../../src/platform/tables/source.ts";

const tables = [...Object.values(source), ...Object.values(read), ...Object.values(operations)].filter(
  (table) => typeof table !== "string",
);

test("every table of the database is declared with Drizzle", async () => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
  ).all();
  const names = tables.map((table) => getTableConfig(table).name);
  expect(results.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
});

test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
  "the declaration of %s has the columns of the migrated table",
  async (name, table) => {
    const { results } = await env.DB.prepare(
      `SELECT name, type, "notnull", pk FROM pragma_table_info('${name}')`,
    ).all();
    const made = results.map((column) => ({
      name: column["name"],
      type: column["type"],
      // SQLite reports no NOT NULL for an INTEGER PRIMARY KEY, which cannot be null.
      notNull: column["notnull"] === 1 || (column["pk"] === 1 && column["type"] === "INTEGER"),
    }));
    const declared = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      notNull: column.notNull,
    }));
    expect(declared).toEqual(made);
  },
);

test("every table is STRICT", async () => {
  const { results } = await env.DB.prepare("SELECT name, strict FROM pragma_table_list").all();
  for (const { name } of tables.map(getTableConfig)) {
    expect(results.find((row) => row["name"] === name)).toMatchObject({ strict: 1 });
  }
});
