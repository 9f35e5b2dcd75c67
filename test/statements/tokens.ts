/** One word, name, number, text, parameter or sign of a statement, with its place in the text. */
export interface Token {
  readonly text: string;
  /** In lower case, and a quoted name without its quotes. */
  readonly word: string;
  readonly at: number;
}

/** Tokens between two parentheses are one node. */
export interface Group {
  readonly nodes: readonly Node[];
  readonly at: number;
  readonly end: number;
}

export type Node = Token | Group;

// Comments, strings, quoted names, parameters, words, numbers, operators; anything else is one character.
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\?\d*|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|->>|->|<>|<=|>=|<<|>>|\|\||==|!=|[^\s]/giu;

/** Takes a statement apart, without its comments. */
export function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)]
    .filter(([text]) => !/^(--|\/\*)/.test(text))
    .map(({ 0: text, index }) => ({
      text,
      word: /^["`[]/.test(text) ? text.slice(1, -1) : text.toLowerCase(),
      at: index,
    }));
}

/**
 * Nests the tokens by their parentheses.
 *
 * @throws where one is not closed
 */
export function nodesOf(sql: string): readonly Node[] {
  const open: { nodes: Node[]; at: number }[] = [{ nodes: [], at: 0 }];
  for (const token of tokensOf(sql)) {
    if (token.word === "(") {
      open.push({ nodes: [], at: token.at });
    } else if (token.word === ")") {
      const group = open.pop();
      const parent = open.at(-1);
      if (!group || !parent) throw new SyntaxError(`a parenthesis too many: ${sql}`);
      parent.nodes.push({ ...group, end: token.at + 1 });
    } else {
      open.at(-1)?.nodes.push(token);
    }
  }
  const [root, unclosed] = open;
  if (!root || unclosed) throw new SyntaxError(`a parenthesis is not closed: ${sql}`);
  return root.nodes;
}

export function isGroup(node: Node | undefined): node is Group {
  return node !== undefined && "nodes" in node;
}

/** The word of a node; that of a group is empty. */
export function wordOf(node: Node | undefined): string {
  return node === undefined || isGroup(node) ? "" : node.word;
}
