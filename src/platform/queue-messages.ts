import { z } from "zod";
import type { EngineMessage, ProjectionMessage } from "../runtime.ts";
import { fieldErrors } from "./input-errors.ts";

/** What a message about a ticket must be. It carries ids and a version, never texts. */
const projectionMessage = z.strictObject({
  workspace_id: z.string().min(1),
  ticket_id: z.string().min(1),
  version: z.int().min(1),
}) satisfies z.ZodType<ProjectionMessage>;

/** What a message of the engine to itself must be. */
const engineMessage = z.discriminatedUnion("job", [
  z.strictObject({ job: z.enum(["rebuild", "audit"]), run: z.int().min(1), slice: z.int().min(0) }),
  z.strictObject({ job: z.literal("heartbeat") }),
]) satisfies z.ZodType<EngineMessage>;

/** What the queue has brought: a ticket to project, something that the engine told itself, or why it is neither. */
export type Readable =
  | { readonly ticket: ProjectionMessage }
  | { readonly engine: EngineMessage }
  | { readonly reason: string };

/** Reads the body of a message. */
export function readMessage(body: unknown): Readable {
  if (typeof body === "object" && body !== null && "job" in body) {
    const { data, error } = engineMessage.safeParse(body);
    return data ? { engine: data } : { reason: reasonFor(error) };
  }
  const { data, error } = projectionMessage.safeParse(body);
  return data ? { ticket: data } : { reason: reasonFor(error) };
}

/** Why a message cannot be read. Its own names are in quotes: the log leaves out what is. */
function reasonFor(error: z.core.$ZodError): string {
  return fieldErrors(error)
    .map(({ detail, pointer }) => `"${pointer}" ${detail}`)
    .join("; ");
}
