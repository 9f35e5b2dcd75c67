/** One change of a text: what is between two places becomes something else. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The kind of the change. */
  readonly operator: string;
}

interface Token {
  readonly text: string;
  /** In upper case. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Parentheses around it. */
  readonly depth: number;
}

/** Whether a text is SQL, or a part of it. */
export function isSql(text: string): boolean {
  return (
    /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|FROM|ON CONFLICT|RETURNING|CASE WHEN|ORDER BY)\b/.test(text) ||
    /(^|[\w.}])\s(=|<|>|<=|>=|IS|IN|MATCH|AND|OR)\s[\w?$('-]/.test(text.replaceAll("=>", ""))
  );
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\?\d*|[A-Za-z_]\w*|\d+|->>|->|<>|<=|>=|<<|>>|\|\||[^\s]/g;

/** What ends a condition. */
const ENDS = new Set(
  "AND OR ORDER LIMIT GROUP HAVING RETURNING ON CROSS LEFT FULL INNER JOIN UNION WHERE SET THEN ELSE END WHEN FROM DO BEGIN WINDOW , ;".split(
    " ",
  ),
);
const BEGINS = new Set(["AND", "WHERE", "ON", "OR", "WHEN", "HAVING"]);

/** Changes of a piece of SQL; places are those of the text. `${…}` in it is one value. */
export function sqlEdits(text: string): Edit[] {
  const tokens = tokensOf(text);
  return tokens.flatMap((token, index) => [
    ...conditionEdits(text, tokens, token, index),
    ...assignmentEdits(text, tokens, token, index),
    ...wordEdits(tokens, token, index),
    ...numberEdits(tokens, token, index),
  ]);
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    const hole = text.startsWith("${", at) ? holeEnd(text, at) : undefined;
    TOKEN.lastIndex = at;
    const match = hole === undefined ? TOKEN.exec(text) : undefined;
    if (hole === undefined && !match) break;
    // A hole may come before the next token.
    const next = text.indexOf("${", at);
    if (match && next >= 0 && next < match.index + match[0].length && hole === undefined && next > at) {
      if (match.index < next && !match[0].startsWith("'")) {
        add(match[0].slice(0, next - match.index), match.index);
      }
      at = next;
      continue;
    }
    const start = hole === undefined ? (match?.index ?? at) : at;
    const end = hole ?? start + (match?.[0].length ?? 1);
    add(text.slice(start, end), start);
    at = end;
  }
  return tokens;

  function add(word: string, start: number): void {
    if (word.startsWith("--") || word.startsWith("/*") || word.trim() === "") return;
    if (word === ")") depth--;
    tokens.push({ text: word, word: word.toUpperCase(), start, end: start + word.length, depth });
    if (word === "(") depth++;
  }
}

/** Behind the brace that ends what `${` begins. */
function holeEnd(text: string, at: number): number {
  let open = 0;
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === "{") open++;
    if (text[index] === "}" && --open === 0) return index + 1;
  }
  return text.length;
}

/** A condition after `AND`, `WHERE` or `ON` is always true. */
function conditionEdits(text: string, tokens: readonly Token[], token: Token, index: number): Edit[] {
  const isBetween =
    token.word === "AND" && tokens.slice(Math.max(0, index - 4), index).some(({ word }) => word === "BETWEEN");
  if (!["AND", "WHERE", "ON"].includes(token.word) || isBetween) return [];
  const next = tokens[index + 1];
  if (!next || ["CONFLICT", "TRUE"].includes(next.word) || isTriggerHead(tokens, index)) return [];
  const stop = tokens.findIndex(
    ({ word, depth }, at) => at > index && (depth < token.depth || (depth === token.depth && ENDS.has(word))),
  );
  const last = tokens[(stop < 0 ? tokens.length : stop) - 1];
  if (!last || last === token) return [];
  const dropped = text.slice(next.start, last.end);
  const operator = dropped.includes("workspace_id") ? "condition on the workspace dropped" : "condition dropped";
  // What it is compared with stays, so that the statement takes as many parameters as before.
  return [{ start: next.start, end: last.end, text: `(${dropped} OR true)`, operator }];
}

/** `CREATE TRIGGER … AFTER UPDATE OF … ON table` is no condition. */
function isTriggerHead(tokens: readonly Token[], index: number): boolean {
  const begin = tokens.findLastIndex(({ word }, at) => at < index && word === "TRIGGER");
  return begin >= 0 && !tokens.slice(begin, index).some(({ word }) => word === "BEGIN" || word === "WHEN");
}

/** One of several assignments is dropped. */
function assignmentEdits(text: string, tokens: readonly Token[], token: Token, index: number): Edit[] {
  if (token.word !== ",") return [];
  const before = tokens.findLast(
    ({ word, depth }, at) =>
      at < index && depth === token.depth && ["SET", "SELECT", "WHERE", "FROM", "VALUES", "BY"].includes(word),
  );
  const [name, equals] = tokens.slice(index + 1, index + 3);
  if (before?.word !== "SET" || equals?.text !== "=" || !name) return [];
  const stop = tokens.findIndex(
    ({ word, depth }, at) => at > index && (depth < token.depth || (depth === token.depth && ENDS.has(word))),
  );
  const last = tokens[(stop < 0 ? tokens.length : stop) - 1];
  if (!last || text.slice(token.start, last.end).trim() === ",") return [];
  return [{ start: token.start, end: last.end, text: "", operator: "assignment dropped" }];
}

const SWAPS: Readonly<Record<string, readonly [string, string]>> = {
  "<": ["<=", "boundary"],
  "<=": ["<", "boundary"],
  ">": [">=", "boundary"],
  ">=": [">", "boundary"],
  "<>": ["=", "comparison"],
  ASC: ["DESC", "order"],
  DESC: ["ASC", "order"],
  OR: ["AND", "boolean"],
  "+": ["-", "arithmetic"],
  "-": ["+", "arithmetic"],
};

function wordEdits(tokens: readonly Token[], token: Token, index: number): Edit[] {
  const next = tokens[index + 1];
  const before = tokens[index - 1];
  const edit = (text: string, operator: string, end = token.end): Edit => ({ start: token.start, end, text, operator });
  if (token.text === "=" && isInCondition(tokens, index)) return [edit("<>", "comparison")];
  if ((token.word === "MIN" || token.word === "MAX") && next?.text === "(") {
    return [edit(token.word === "MIN" ? "max" : "min", "min and max")];
  }
  if (token.word === "IS" && next?.word === "NOT" && tokens[index + 2]?.word === "NULL") {
    return [edit("IS", "null", next.end)];
  }
  if (token.word === "IS" && next?.word === "NULL") return [edit("IS NOT", "null")];
  if (token.word === "NOT" && next && ["EXISTS", "IN"].includes(next.word)) return [edit("", "negation")];
  const swap = SWAPS[token.word];
  if (!swap) return [];
  // A sign, or the first of a JSON path, is no operation.
  const isOperation =
    before !== undefined && !["(", ",", "="].includes(before.text) && !/^(LIMIT|SELECT|THEN|ELSE)$/.test(before.word);
  return swap[1] === "arithmetic" && !isOperation ? [] : [edit(swap[0], swap[1])];
}

/** Whether the nearest word that gives `=` a meaning begins a condition. */
function isInCondition(tokens: readonly Token[], index: number): boolean {
  const depth = tokens[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0; at--) {
    const { word, depth: here } = tokens[at] ?? { word: "", depth: 0 };
    if (here > depth) continue;
    if (BEGINS.has(word)) return true;
    if (["SET", "SELECT", ","].includes(word)) return false;
  }
  // A piece of SQL that stands alone is a condition.
  return true;
}

function numberEdits(tokens: readonly Token[], token: Token, index: number): Edit[] {
  if (!/^\d+$/.test(token.text) || token.text.length > 12) return [];
  const before = tokens[index - 1];
  if (before?.word === "BY" || before?.text === "->" || before?.text === "->>") return [];
  const value = Number(token.text);
  const isChoice =
    before !== undefined && ["SELECT", "(", ","].includes(before.word) && tokens[index + 1]?.word === "FROM";
  if (isChoice) return [];
  return [{ start: token.start, end: token.end, text: `${value + 1}`, operator: "constant" }];
}
