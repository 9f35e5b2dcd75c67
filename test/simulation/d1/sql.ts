import { MAX_PARAMETERS, MAX_STATEMENT_BYTES } from "../../platform-limits.ts";

/** What has to be known of a statement's text before SQLite sees it. */
export interface Analysis {
  /** `read` changes nothing; `schema` makes prepared statements out of date. */
  readonly kind: "read" | "write" | "schema";
  /** How many values D1 wants bound. */
  readonly parameters: number;
  /** Whether parameters are written `?1`, and none as a bare `?`. */
  readonly numbered: boolean;
  /** Why D1, or this stand-in, does not run it. */
  readonly refusal: string | undefined;
}

// Comments, strings, quoted names, parameters, words, numbers; anything else is one character.
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\?\d*|[:@$][a-z_]\w*|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|[^\s]/giu;

const READS = new Set(["select", "values", "explain"]);
const SCHEMA = new Set(["create", "drop", "alter", "analyze", "reindex"]);
const TRANSACTIONS = new Set(["begin", "commit", "end", "rollback", "savepoint", "release"]);
const ATTACHES = new Set(["attach", "detach"]);

// Those that the runtime was seen to take, and that something here could need.
const PRAGMAS = new Set([
  "case_sensitive_like",
  "data_version",
  "defer_foreign_keys",
  "foreign_key_check",
  "foreign_key_list",
  "foreign_keys",
  "ignore_check_constraints",
  "index_info",
  "index_list",
  "index_xinfo",
  "legacy_alter_table",
  "optimize",
  "quick_check",
  "recursive_triggers",
  "table_info",
  "table_list",
  "table_xinfo",
]);

const FORBIDDEN_FUNCTIONS = new Set(["sqlite_version", "sqlite_source_id", "sqlite_compileoption_get"]);
/** Node's SQLite has these, the runtime's has not. */
const MISSING_FUNCTIONS = new Set(["median", "percentile", "percentile_cont", "percentile_disc"]);

// A history must be the same each time that its seed is run.
const RANDOM_FUNCTIONS = new Set(["random", "randomblob"]);
const CLOCK_FUNCTIONS = new Set(["date", "time", "datetime", "julianday", "unixepoch"]);
const CLOCK_WORDS = new Set(["current_date", "current_time", "current_timestamp", "'now'"]);

const NO_TRANSACTIONS =
  "To execute a transaction, please use the state.storage.transaction() or state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. The JavaScript API is safer because it will automatically roll back on exceptions, and because it interacts correctly with Durable Objects' automatic atomic write coalescing.";
const NOT_AUTHORIZED = "not authorized: SQLITE_AUTH";

// One for the process: every history runs the same statements.
const known = new Map<string, Analysis>();

/** Reads a statement's text, once for each text. */
export function analyse(sql: string): Analysis {
  let analysis = known.get(sql);
  if (!analysis) {
    analysis = read(sql);
    known.set(sql, analysis);
  }
  return analysis;
}

/** Whether D1 leaves a text out of a batch because nothing is in it. */
export function isBlank(sql: string): boolean {
  return sql.replace(/^\s+--.*/gm, "").trim() === "";
}

function read(sql: string): Analysis {
  const tokens = [...sql.matchAll(TOKEN)].map(([token]) => token).filter((token) => !/^(--|\/\*)/.test(token));
  const words = tokens.map((token) => token.toLowerCase());
  const { statement, rest } = firstStatement(words);
  const { parameters, numbered } = parametersOf(statement);
  return {
    kind: kindOf(statement),
    parameters,
    numbered,
    refusal: refusalOf(sql, statement, rest) ?? tooManyParameters(statement, parameters),
  };
}

/** Cuts at the first `;`, which in a trigger ends only a part of the statement. */
function firstStatement(words: readonly string[]) {
  const isTrigger = words[0] === "create" && words.slice(1, 3).includes("trigger");
  const end = isTrigger ? -1 : words.indexOf(";");
  if (end < 0) return { statement: words, rest: [] };
  return { statement: words.slice(0, end), rest: words.slice(end + 1) };
}

function kindOf(words: readonly string[]): Analysis["kind"] {
  const verb = verbOf(words);
  if (READS.has(verb)) return "read";
  return SCHEMA.has(verb) ? "schema" : "write";
}

/** The first word, or after WITH the one outside all parentheses that the statement is about. */
function verbOf(words: readonly string[]): string {
  const [first = ""] = words;
  if (first !== "with") return first;
  let depth = 0;
  for (const word of words) {
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (depth === 0 && /^(select|values|insert|replace|update|delete)$/.test(word)) return word;
  }
  return first;
}

function parametersOf(words: readonly string[]) {
  let parameters = 0;
  let numbered = false;
  let bare = false;
  for (const word of words) {
    if (!word.startsWith("?")) continue;
    if (word === "?") bare = true;
    else numbered = true;
    parameters = word === "?" ? parameters + 1 : Math.max(parameters, Number(word.slice(1)));
  }
  return { parameters, numbered: numbered && !bare };
}

function tooManyParameters(words: readonly string[], parameters: number): string | undefined {
  const outOfRange = words.some((word) => /^\?\d+$/.test(word) && !isInRange(Number(word.slice(1))));
  if (outOfRange) return `variable number must be between ?1 and ?${MAX_PARAMETERS}: SQLITE_ERROR`;
  return parameters > MAX_PARAMETERS ? "too many SQL variables: SQLITE_ERROR" : undefined;
}

function isInRange(parameter: number): boolean {
  return parameter >= 1 && parameter <= MAX_PARAMETERS;
}

function refusalOf(sql: string, words: readonly string[], rest: readonly string[]): string | undefined {
  if (Buffer.byteLength(sql) > MAX_STATEMENT_BYTES) return "statement too long: SQLITE_TOOBIG";
  const [verb = "", second = "", third = ""] = words;
  if (verb === "") return "SQL code did not contain a statement.";
  if (TRANSACTIONS.has(verb)) return NO_TRANSACTIONS;
  if (ATTACHES.has(verb)) return NOT_AUTHORIZED;
  if (verb === "create" && /^temp(orary)?$/.test(second)) return NOT_AUTHORIZED;
  if (verb === "pragma" && !PRAGMAS.has(second)) return NOT_AUTHORIZED;
  if (verb === "create" && third.startsWith("_cf_")) return NOT_AUTHORIZED;
  if (rest.some((word) => word !== ";")) return "the stand-in takes one statement at a time";
  for (const [index, word] of words.entries()) {
    const refusal = refusalOfWord(word, words[index + 1], words[index + 2]);
    if (refusal) return refusal;
  }
  return undefined;
}

function refusalOfWord(word: string, next: string | undefined, afterNext: string | undefined): string | undefined {
  if (/^[:@$]\w/.test(word)) return `the stand-in, like D1's documentation, knows no named parameters: ${word}`;
  if (word.startsWith("pragma_") && !PRAGMAS.has(word.slice("pragma_".length))) return NOT_AUTHORIZED;
  if (CLOCK_WORDS.has(word)) return notRepeatable(word);
  if (next !== "(") return undefined;
  if (FORBIDDEN_FUNCTIONS.has(word)) return `not authorized to use function: ${word}: SQLITE_ERROR`;
  if (MISSING_FUNCTIONS.has(word)) return `no such function: ${word}: SQLITE_ERROR`;
  if (RANDOM_FUNCTIONS.has(word) || (CLOCK_FUNCTIONS.has(word) && afterNext === ")")) return notRepeatable(`${word}()`);
  return undefined;
}

function notRepeatable(what: string): string {
  return `the stand-in refuses ${what}, which a seed cannot replay: bind the value`;
}
