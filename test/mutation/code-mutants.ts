import { parseSync } from "rolldown/utils";
import { type Edit, isSql, sqlEdits } from "./sql-mutants.ts";

/** A change of a source file, and the part of it that has to run for the change to matter. */
export interface CodeEdit extends Edit {
  readonly within: { readonly start: number; readonly end: number; readonly kind: "expression" | "statement" | "sql" };
  /** Whether it runs as soon as the module is loaded, outside of all functions. */
  readonly atLoad: boolean;
}

/** A node of the syntax tree, as ESTree has it. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

const COMPARISONS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "<": [
    ["<=", "boundary"],
    [">=", "comparison"],
  ],
  "<=": [
    ["<", "boundary"],
    [">", "comparison"],
  ],
  ">": [
    [">=", "boundary"],
    ["<=", "comparison"],
  ],
  ">=": [
    [">", "boundary"],
    ["<", "comparison"],
  ],
  "===": [["!==", "comparison"]],
  "!==": [["===", "comparison"]],
  "&&": [["||", "boolean"]],
  "||": [["&&", "boolean"]],
  "??": [["&&", "boolean"]],
  "+": [["-", "arithmetic"]],
  "-": [["+", "arithmetic"]],
  "*": [["/", "arithmetic"]],
  "/": [["*", "arithmetic"]],
  "%": [["*", "arithmetic"]],
  "<<": [[">>", "arithmetic"]],
};

const RENAMED: Readonly<Record<string, string>> = {
  max: "min",
  min: "max",
  some: "every",
  every: "some",
  ceil: "floor",
  floor: "ceil",
};

/** Calls whose result is much like what they are called on. */
const DROPPED = new Set(["filter", "slice", "toSorted", "toReversed", "trim", "toLowerCase", "normalize"]);

/** All changes of a file of TypeScript. */
export function codeEdits(file: string, source: string): CodeEdit[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const edits: CodeEdit[] = [];
  visit(program as unknown as SyntaxNode, undefined, true);
  return edits;

  function visit(node: SyntaxNode, parent: SyntaxNode | undefined, atLoad: boolean): void {
    if (
      node.type.startsWith("TS") &&
      !["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression"].includes(node.type)
    )
      return;
    if (["ImportDeclaration", "ExportAllDeclaration"].includes(node.type)) return;
    edits.push(...editsOf(node, parent, source).map((edit) => ({ ...edit, atLoad })));
    const isLoad = atLoad && !node.type.includes("Function");
    for (const [name, child] of Object.entries(node)) {
      if (["typeAnnotation", "typeArguments", "typeParameters", "returnType", "superTypeArguments"].includes(name))
        continue;
      for (const each of [child].flat()) if (isNode(each)) visit(each, node, isLoad);
    }
  }
}

type Found = Omit<CodeEdit, "atLoad">;

function editsOf(node: SyntaxNode, parent: SyntaxNode | undefined, source: string): Found[] {
  const text = (part: unknown) => (isNode(part) ? source.slice(part.start, part.end) : "");
  const within = (kind: CodeEdit["within"]["kind"], place = node) => ({ start: place.start, end: place.end, kind });
  const replaced = (part: SyntaxNode, by: string, operator: string): Found => ({
    ...{ start: part.start, end: part.end, text: by, operator },
    within: within("expression", part),
  });
  const dropped = (operator: string): Found => ({
    ...{ start: node.start, end: node.end, text: ";", operator },
    within: within("statement"),
  });
  switch (node.type) {
    case "BinaryExpression":
    case "LogicalExpression": {
      const { left, right, operator } = node;
      if (!isNode(left) || !isNode(right)) return [];
      const isText = [left, right].some((side) => side.type === "TemplateLiteral" || typeof side["value"] === "string");
      if (operator === "+" && isText) return [];
      return (COMPARISONS[String(operator)] ?? []).map(([other, kind]) =>
        replaced(node, `(${text(left)}) ${other} (${text(right)})`, kind),
      );
    }
    case "UnaryExpression":
      return node["operator"] === "!" ? [replaced(node, `(${text(node["argument"])})`, "negation")] : [];
    case "IfStatement":
    case "ConditionalExpression": {
      const { test } = node;
      return isNode(test) ? ["true", "false"].map((value) => replaced(test, value, "condition removed")) : [];
    }
    case "Literal":
      return literalEdits(node, parent, source, within);
    case "TemplateLiteral": {
      const inner = source.slice(node.start + 1, node.end - 1);
      if (!isSql(inner)) return [];
      return sqlEdits(inner).map((edit) => moved(edit, node.start + 1, within("sql")));
    }
    case "CallExpression":
      return callEdits(node, text, replaced);
    case "ExpressionStatement": {
      const { expression } = node;
      const isDirective = typeof node["directive"] === "string";
      return isDirective || !isNode(expression) ? [] : [dropped("statement removed")];
    }
    case "ThrowStatement":
      return [dropped("throw removed")];
    case "ContinueStatement":
    case "BreakStatement":
      return parent?.type === "SwitchCase" ? [] : [dropped("jump removed")];
    case "ArrayExpression": {
      const { elements } = node;
      const isEmpty = !Array.isArray(elements) || elements.length === 0;
      return isEmpty || parent?.type === "TSAsExpression" ? [] : [replaced(node, "[]", "emptied")];
    }
    default:
      return [];
  }
}

function literalEdits(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  source: string,
  within: (kind: CodeEdit["within"]["kind"]) => CodeEdit["within"],
): Found[] {
  const { value } = node;
  const isKey = parent?.type === "Property" && parent["key"] === node;
  if (isKey) return [];
  const edit = (text: string, operator: string): Found => ({
    ...{ start: node.start, end: node.end, text, operator },
    within: within("expression"),
  });
  if (typeof value === "boolean") return [edit(`${!value}`, "constant")];
  if (typeof value === "number") {
    return [`${value + 1}`, ...(value > 1 ? [`${value - 1}`, `${value * 10}`] : [])].map((text) =>
      edit(text, "constant"),
    );
  }
  const raw = source.slice(node.start, node.end);
  if (
    typeof value === "string" &&
    isSql(raw.slice(1, -1)) &&
    /\b(SELECT|WHERE|UPDATE|DELETE|AND|ORDER BY)\b/.test(raw)
  ) {
    return sqlEdits(raw.slice(1, -1)).map((change) => moved(change, node.start + 1, within("sql")));
  }
  return [];
}

function callEdits(
  node: SyntaxNode,
  text: (part: unknown) => string,
  replaced: (part: SyntaxNode, by: string, operator: string) => Found,
): Found[] {
  const { callee } = node;
  if (!isNode(callee) || callee.type !== "MemberExpression" || callee["computed"] === true) return [];
  const { property, object } = callee;
  const name = text(property);
  if (!isNode(property)) return [];
  const other = RENAMED[name];
  if (other !== undefined) {
    return [
      {
        ...replaced(property, other, name.length === 3 ? "min and max" : "call changed"),
        within: replaced(node, "", "").within,
      },
    ];
  }
  return DROPPED.has(name) && callee["optional"] !== true ? [replaced(node, `(${text(object)})`, "call removed")] : [];
}

function moved(edit: Edit, by: number, within: CodeEdit["within"]): Found {
  return { ...edit, start: edit.start + by, end: edit.end + by, within };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value;
}
