import type { z } from "@hono/zod-openapi";
import { type Carried, carries } from "./headers.ts";

/** A JSON answer, with an example and the headers that it has beside those of every answer. */
export function content<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example: z.input<Schema>,
  ...headers: Carried[]
) {
  return { description, ...carries(...headers), content: { "application/json": { schema, example } } };
}

/** A JSON body that a request must have. */
export function body<Schema extends z.ZodType>(schema: Schema, description: string, example: z.input<Schema>) {
  return { description, required: true, content: { "application/json": { schema, example } } };
}

/** The answer to who has it already. */
export function notModified(...headers: Carried[]) {
  return { description: "Not modified", ...carries("ETag", ...headers) };
}
