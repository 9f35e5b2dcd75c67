import { z } from "zod";
import type { ProjectionMessage } from "../deps.ts";

/** What a message of the queue must be. It carries ids and a version, never texts. */
export const projectionMessage: z.ZodType<ProjectionMessage> = z.strictObject({
  workspace_id: z.string().min(1),
  ticket_id: z.string().min(1),
  version: z.int().min(1),
});
