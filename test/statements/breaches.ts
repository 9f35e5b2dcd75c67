import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { projectionDrift } from "../../src/platform/tables/engine.ts";
import * as read from "../../src/platform/tables/read.ts";
import * as source from "../../src/platform/tables/source.ts";
import { isQuery, type Reference, type Scope, scopesOf } from "./scopes.ts";
import { isGroup, type Node, wordOf } from "./tokens.ts";

const KEY = "workspace_id";

/** Tables whose rows belong to workspaces. */
export const OWNED: ReadonlySet<string> = new Set(
  Object.values<SQLiteTable>({ ...source, ...read, projectionDrift })
    .filter((table) => KEY in getTableColumns(table))
    .map(getTableName),
);

/** The search tables, whose entries belong to the workspaces of the rows that they lead to. */
export const ENTRIES: ReadonlySet<string> = new Set(["read_by_updated", "read_by_created", "read_by_waiting"]);

/**
 * The tables of a statement that no condition narrows to a workspace. One that is tied to another table's workspace, of its own scope
 * or of one around it, is as narrow as that one: of several that are tied to each other, the first is named.
 *
 * @returns what is done to them under which name: `select tickets`, `delete tickets AS ticket`
 */
export function breachesOf(sql: string): string[] {
  return scopesOf(sql).flatMap((scope) => {
    if (scope.verb !== "upsert") return breachesOfScope(scope);
    const { verb, table, columns } = scope;
    return OWNED.has(table) && !columns.includes(KEY) ? [`${verb} ${table}`] : [];
  });
}

/** A statement as it would be without one of its conditions on the workspace, once for each of them. */
export function lossesOf(sql: string): string[] {
  return scopesOf(sql).flatMap((scope) => {
    if (scope.verb === "upsert") return [];
    const owned = scope.references.filter(isOwned);
    const lost = scope.conditions.filter(
      (condition) => condition.some((node) => mentionsKey(node)) && equality(condition, owned).tied.length > 0,
    );
    return lost.flatMap((condition) => {
      const [first] = condition;
      const last = condition.at(-1);
      return first && last ? [`${sql.slice(0, first.at)}true${sql.slice(endOf(last))}`] : [];
    });
  });
}

function mentionsKey(node: Node): boolean {
  return isGroup(node) ? !isQuery(node) && node.nodes.some(mentionsKey) : node.word === KEY;
}

function endOf(node: Node): number {
  return isGroup(node) ? node.end : node.at + node.text.length;
}

function breachesOfScope({ verb, references, conditions }: Scope): string[] {
  const owned = references.filter(isOwned);
  // Each with those that are tied to it; a set goes as soon as one of them is narrowed.
  let ties = owned.map((reference) => new Set([reference]));
  for (const condition of conditions) {
    const { tied, narrows } = equality(condition, owned);
    const touched = ties.filter((set) => tied.some((reference) => set.has(reference)));
    // What a narrowed table is tied to is narrowed as well.
    const narrowed = narrows || tied.some((reference) => !ties.some((set) => set.has(reference)));
    if (touched.length === 0) continue;
    ties = ties.filter((set) => !touched.includes(set));
    if (!narrowed) ties.push(new Set(touched.flatMap((set) => [...set])));
  }
  return ties.flatMap(([first]) => (first ? [`${verb} ${nameOf(first)}`] : []));
}

function nameOf({ table = "", alias }: Reference): string {
  return alias === table ? table : `${table} AS ${alias}`;
}

function isOwned({ table }: Reference): boolean {
  return table !== undefined && (OWNED.has(table) || ENTRIES.has(table));
}

/** What a condition says about workspaces: which of the tables share one, or that they have the one that it is compared with. */
interface Equality {
  readonly tied: readonly Reference[];
  readonly narrows: boolean;
}

const NOTHING: Equality = { tied: [], narrows: false };

function equality(condition: readonly Node[], owned: readonly Reference[]): Equality {
  if (condition.some((node) => wordOf(node) === "or")) return NOTHING;
  const at = condition.findIndex((node) => ["=", "==", "is", "in"].includes(wordOf(node)));
  if (at < 1 || [condition[at - 1], condition[at + 1]].some((node) => wordOf(node) === "not")) return NOTHING;
  const pairs = cellPairs(condition.slice(0, at), condition.slice(at + 1));
  for (const pair of pairs) {
    const [left, right] = pair;
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const key = keyOf(one, owned);
      if (!key) continue;
      const others = [keyOf(other, owned) ?? []].flat();
      if (others.length > 0) return { tied: [key, ...others], narrows: false };
      if (isFromElsewhere(other, owned)) return { tied: [key], narrows: true };
    }
  }
  return NOTHING;
}

/** The two sides of a comparison, cell by cell where they are rows. */
function cellPairs(left: readonly Node[], right: readonly Node[]): (readonly [readonly Node[], readonly Node[]])[] {
  const [row] = left;
  if (left.length !== 1 || !isGroup(row) || isQuery(row)) return [[left, right]];
  const cells = cellsOf(row.nodes);
  const [values] = right;
  const others = isGroup(values) && !isQuery(values) ? cellsOf(values.nodes) : undefined;
  return cells.map((cell, index) => [cell, others?.[index] ?? right] as const);
}

function cellsOf(nodes: readonly Node[]): (readonly Node[])[] {
  const cells: Node[][] = [[]];
  for (const node of nodes) {
    if (wordOf(node) === ",") cells.push([]);
    else cells.at(-1)?.push(node);
  }
  return cells;
}

/** The table whose workspace an expression is; an entry's is the one of the row that it leads to. */
function keyOf(nodes: readonly Node[], owned: readonly Reference[]): Reference | undefined {
  const [name, dot, column] = nodes;
  if (nodes.length === 1 && wordOf(name) === KEY) return owned.length === 1 ? owned[0] : undefined;
  if (nodes.length === 3 && wordOf(dot) === "." && wordOf(column) === KEY) {
    return owned.find(({ alias }) => alias === wordOf(name));
  }
  const words = flat(nodes);
  return owned.find(({ table = "", alias }) => {
    const id = ENTRIES.has(table) ? "rowid" : "n";
    return words.some(
      (word, index) =>
        word === id && (words[index - 1] === "." ? words[index - 2] === alias : owned.length === 1 && id === "rowid"),
    );
  });
}

/** Whether a value comes neither from these tables nor from the statement's own text: from a parameter, or from around it. */
function isFromElsewhere(nodes: readonly Node[], owned: readonly Reference[]): boolean {
  if (nodes.some(isQuery)) return true;
  const words = flat(nodes);
  const isOwn = owned.some(({ alias }) => words.some((word, index) => word === alias && words[index + 1] === "."));
  return !isOwn && words.some((word) => /^(\?\d*|[a-z_]\w*)$/.test(word) && word !== "null");
}

function flat(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => (isGroup(node) ? flat(node.nodes) : [node.word]));
}
