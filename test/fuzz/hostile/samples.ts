import type { Schema } from "../operations.ts";

/** What valid requests name, and no schema can know. */
export interface Known {
  readonly ticket: string;
  /** That one, and others. */
  readonly tickets: readonly string[];
  readonly workspace: string;
}

/** A valid value: of an object, the fields that it must have. */
export function sampleOf(schema: Schema, known: Known, name = ""): unknown {
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return sampleOf(first, known, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        (schema.required ?? []).map((field) => [field, sampleOf(schema.properties?.[field] ?? {}, known, field)]),
      );
    case "array":
      return schema.items ? [sampleOf(schema.items, known)] : [];
    case "integer":
    case "number":
      return Math.max(1, schema.minimum ?? 1);
    case "boolean":
      return true;
    default:
      return textOf(schema, known, name);
  }
}

function textOf({ format, pattern }: Schema, { ticket, workspace }: Known, name: string): string {
  if (format === "uuid") return ticket;
  if (format === "date-time") return "2099-12-31T23:59:59Z";
  if (name === "workspace_id") return workspace;
  return pattern === undefined ? "A question" : "1";
}
