import { type Group, isGroup, type Node, nodesOf, tokensOf, wordOf } from "./tokens.ts";

/** A table that a statement reads or changes, as it is named there. */
export interface Reference {
  /** Undefined for what is no table: a subquery, a common table expression, `json_each`. */
  readonly table: string | undefined;
  readonly alias: string;
}

/** A SELECT, UPDATE or DELETE, and what narrows it. */
export interface Scope {
  readonly verb: "select" | "update" | "delete";
  readonly references: readonly Reference[];
  /** What must all be true: the parts of WHERE and ON between ANDs. */
  readonly conditions: readonly (readonly Node[])[];
}

/** `INSERT … ON CONFLICT (columns) DO UPDATE` */
export interface Upsert {
  readonly verb: "upsert";
  readonly table: string;
  readonly columns: readonly string[];
}

/** Names of common table expressions. */
type Names = ReadonlySet<string>;

const COMPOUND = new Set(["union", "intersect", "except"]);
const JOIN = new Set(["join", "left", "right", "full", "inner", "outer", "cross", "natural"]);
const AFTER_FROM = new Set(["where", "group", "having", "window", "order", "limit", "returning"]);
const QUERY = new Set(["select", "with", "values"]);

/**
 * Finds the scopes of a statement, those of its subqueries and common table expressions included. It is no SQL parser: it knows where
 * tables are named and what conditions they are under, and takes everything else as it comes.
 */
export function scopesOf(sql: string): (Scope | Upsert)[] {
  const nodes = nodesOf(sql);
  if (wordOf(nodes[0]) !== "create") return statementScopes(nodes, new Set());
  return triggerStatements(sql).flatMap((text) => statementScopes(nodesOf(text), new Set()));
}

/** What stands between BEGIN and END of a trigger; nothing for what is no trigger. */
function triggerStatements(sql: string): string[] {
  const tokens = tokensOf(sql);
  if (!tokens.slice(1, 3).some(({ word }) => word === "trigger")) return [];
  const begin = tokens.find(({ word }) => word === "begin");
  const end = tokens.findLast(({ word }) => word === "end");
  if (!begin || !end) return [];
  const cuts = [begin.at + begin.text.length - 1];
  for (const { word, at } of tokens) if (word === ";" && at > begin.at && at < end.at) cuts.push(at);
  return cuts.slice(1).map((cut, index) => sql.slice((cuts[index] ?? 0) + 1, cut));
}

function statementScopes(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  const [first] = nodes;
  if (wordOf(first) === "with") return afterCommonTables(nodes, names);
  if (wordOf(first) === "insert" || wordOf(first) === "replace") return insertScopes(nodes, names);
  if (wordOf(first) === "update") return updateScopes(nodes, names);
  if (wordOf(first) === "delete") return deleteScopes(nodes, names);
  return split(nodes, (word) => COMPOUND.has(word)).flatMap((core) => selectScopes(core, names));
}

function afterCommonTables(nodes: readonly Node[], outer: Names): (Scope | Upsert)[] {
  const names = new Set(outer);
  const found: (Scope | Upsert)[] = [];
  let at = wordOf(nodes[1]) === "recursive" ? 2 : 1;
  for (;;) {
    names.add(wordOf(nodes[at]));
    while (!isGroup(nodes[at]) || !isQuery(nodes[at])) at++;
    found.push(...statementScopes((nodes[at] as Group).nodes, names));
    at++;
    if (wordOf(nodes[at]) !== ",") break;
    at++;
  }
  return [...found, ...statementScopes(nodes.slice(at), names)];
}

function selectScopes(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  const from = clauseAt(nodes, "from");
  const { items, conditions } = sources(nodes, from, names);
  const scope: Scope = { verb: "select", references: items, conditions };
  return [...(items.length > 0 ? [scope] : []), ...within(nodes, names)];
}

function updateScopes(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  const set = clauseAt(nodes, "set");
  const [target] = fromItems(nodes.slice(wordOf(nodes[1]) === "or" ? 3 : 1, set), names).items;
  const from = clauseAt(nodes, "from", set);
  const { items, conditions } = sources(nodes, from, names);
  const references = [...(target ? [target] : []), ...items];
  return [{ verb: "update", references, conditions }, ...within(nodes, names)];
}

function deleteScopes(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  const { items, conditions } = sources(nodes, 1, names);
  return [{ verb: "delete", references: items, conditions }, ...within(nodes, names)];
}

function insertScopes(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  const into = clauseAt(nodes, "into");
  const table = wordOf(nodes[into + 1]);
  const conflict = nodes.findIndex((node, at) => wordOf(node) === "on" && wordOf(nodes[at + 1]) === "conflict");
  const end = conflict < 0 ? nodes.length : conflict;
  const start = nodes.findIndex((node, at) => at < end && QUERY.has(wordOf(node)));
  const rows = start < 0 ? [] : statementScopes(nodes.slice(start, end), names);
  const rest = nodes.slice(end);
  const [, , key] = rest;
  const upsert = isGroup(key) && rest.some((node) => wordOf(node) === "update");
  const columns = isGroup(key) ? key.nodes.map(wordOf).filter((word) => word !== ",") : [];
  return [...rows, ...(upsert ? [{ verb: "upsert", table, columns } as const] : []), ...within(rest, names)];
}

/** What follows FROM, and the condition after it; without a FROM, the condition alone. */
function sources(nodes: readonly Node[], from: number, names: Names) {
  const end = nodes.findIndex((node, at) => at > from && AFTER_FROM.has(wordOf(node)));
  const { items, conditions } = fromItems(nodes.slice(from + 1, end < 0 ? nodes.length : end), names);
  const where = clauseAt(nodes, "where");
  const stop = nodes.findIndex((node, at) => at > where && AFTER_FROM.has(wordOf(node)));
  const condition = conjuncts(nodes.slice(where + 1, stop < 0 ? nodes.length : stop));
  return { items, conditions: [...conditions, ...condition] };
}

function fromItems(nodes: readonly Node[], names: Names) {
  const items: Reference[] = [];
  const conditions: (readonly Node[])[] = [];
  for (const part of split(nodes, (word) => word === "," || JOIN.has(word))) {
    const [source, ...rest] = part;
    if (!source) continue;
    const isFunction = isGroup(rest[0]);
    const isTable = !isGroup(source) && !isFunction && !names.has(source.word);
    const after = isFunction ? rest.slice(1) : rest;
    const [maybeAs, maybeAlias] = after;
    const named = wordOf(maybeAs) === "as" ? wordOf(maybeAlias) : wordOf(maybeAs);
    const alias = ["", "on", "indexed", "not", "using"].includes(named) ? wordOf(source) : named;
    items.push({ table: isTable ? source.word : undefined, alias });
    const on = part.findIndex((node) => wordOf(node) === "on");
    if (on >= 0) conditions.push(...conjuncts(part.slice(on + 1)));
  }
  return { items, conditions };
}

/** The scopes of the subqueries among some nodes. */
function within(nodes: readonly Node[], names: Names): (Scope | Upsert)[] {
  return nodes
    .filter(isGroup)
    .flatMap((group) => (isQuery(group) ? statementScopes(group.nodes, names) : within(group.nodes, names)));
}

export function isQuery(node: Node | undefined): boolean {
  return isGroup(node) && QUERY.has(wordOf(node.nodes[0]));
}

/** Where a clause begins; behind the last node if there is none. `IS DISTINCT FROM` begins none. */
function clauseAt(nodes: readonly Node[], keyword: string, after = 0): number {
  const at = nodes.findIndex(
    (node, index) => index >= after && wordOf(node) === keyword && wordOf(nodes[index - 1]) !== "distinct",
  );
  return at < 0 ? nodes.length : at;
}

/** The parts of a condition between its ANDs; an OR beside them leaves one part, which narrows nothing for certain. */
export function conjuncts(nodes: readonly Node[]): (readonly Node[])[] {
  const [only] = nodes;
  if (nodes.length === 1 && isGroup(only) && !isQuery(only)) return conjuncts(only.nodes);
  const parts: Node[][] = [[]];
  let cases = 0;
  let between = false;
  for (const node of nodes) {
    const word = wordOf(node);
    if (word === "case") cases++;
    if (word === "end") cases--;
    if (word === "between") between = true;
    if (cases === 0 && word === "or") return [nodes];
    if (cases === 0 && word === "and" && !between) parts.push([]);
    else parts.at(-1)?.push(node);
    if (word === "and") between = false;
  }
  if (parts.length === 1) return parts;
  return parts.flatMap((part) => (part.length === 1 ? conjuncts(part) : [part]));
}

function split(nodes: readonly Node[], isCut: (word: string) => boolean): (readonly Node[])[] {
  const parts: Node[][] = [[]];
  for (const node of nodes) {
    if (isCut(wordOf(node))) parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}
