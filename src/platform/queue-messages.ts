import { z } from "zod";
import { fieldErrors } from "./input-errors.ts";

/** Names a ticket that has changed, never its content: a ticket can exceed the queue's 128 KB. */
export interface ProjectionMessage {
  readonly workspace_id: string;
  readonly ticket_id: string;
  readonly version: number;
}

/** The next slice of a rebuild or an audit is due. A message of another run, or for a slice that is done, has no effect. */
export interface JobMessage {
  readonly job: "rebuild" | "audit";
  readonly run: number;
  readonly slice: number;
}

/** A message from the projection to itself. */
export type EngineMessage = JobMessage | { readonly job: "heartbeat" };

/** Every message of the queue. */
export type QueueMessage = ProjectionMessage | EngineMessage;

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
