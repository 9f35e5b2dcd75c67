import { z } from "@hono/zod-openapi";
import { about, foreignId, LATEST, text, uuid } from "../../commands/schemas.ts";
import { A_TIME } from "../../platform/input-errors.ts";
import { parseInstant } from "../../queries/instant.ts";
import { EXAMPLE_ID, EXAMPLE_KEY } from "../contract/examples.ts";
import { cursor, givenId, instant, limit, MAX_TIME, nextCursor } from "./tickets.ts";

/** A workspace's name: it stands in keys of tables and indexes, and needs no escaping anywhere. */
const workspaceId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, "must be 1 to 63 of a–z, 0–9, _ and -, and begin with a letter or a digit")
  .openapi({ maxLength: 63, description: "Tickets of one workspace are invisible to all others", example: "acme" });

const role = z.enum(["agent", "admin"]).openapi({
  description: "`agent`: the tickets of the workspace. `admin`: its keys and imports, too",
});

const keyId = uuid.clone().openapi({ description: "The key's id, UUIDv7", example: EXAMPLE_ID });

const name = about(text({ characters: 100 }), "What the key is for").meta({ example: "The shop's server" });

/** An offset can lead out of the years that can be written. */
const expiry = z
  .string()
  .max(MAX_TIME)
  .refine((time) => parseInstant(time) !== undefined, {
    error: A_TIME,
    abort: true,
  })
  .refine((time) => (parseInstant(time) ?? 0) <= LATEST, { error: "must be before the year 10000, UTC" })
  .openapi({ format: "date-time", maxLength: MAX_TIME });

/** `POST /keys` */
export const createKeyBody = z.strictObject({
  name,
  role,
  agent_id: about(foreignId, "The agent who acts with the key: it stands in the history of the tickets")
    .nullable()
    .default(null)
    .meta({ example: "ada" }),
  workspace_id: workspaceId.optional().openapi({
    description:
      "The root key makes keys for any workspace, and for `default` where it names none. Others make them for their own.",
  }),
  expires_at: expiry.nullable().default(null).openapi({
    description: "From then on the key opens nothing; null: it never expires. In the future, and before the year 10000",
    example: "2027-01-01T00:00:00Z",
  }),
});

/** `/keys/{id}` */
export const keyPath = z.object({ id: keyId });

const shown = z.object({
  id: keyId,
  workspace_id: workspaceId,
  name,
  role,
  agent_id: givenId.nullable(),
  created_by: keyId.nullable().openapi({ description: "The key that made it; null for the root key" }),
  created_at: instant,
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
});

export const key = shown.openapi("Key");

export const newKey = shown
  .extend({
    key: z.string().max(108).nullable().openapi({
      description:
        "The key itself, `edk_` and 104 hexadecimal digits, shown this once. Null in the answer to a repeated request (`Idempotent-Replayed: true`): it is kept nowhere",
      example: EXAMPLE_KEY,
    }),
  })
  .openapi("NewKey");

export const keyPage = z.object({ items: z.array(key).max(100), next_cursor: nextCursor }).openapi("KeyPage");

/** `?workspace_id&limit&cursor` */
export const keysQuery = z.strictObject({
  workspace_id: workspaceId
    .optional()
    .openapi({ description: "For the root key, which sees all: those of one workspace" }),
  limit,
  cursor,
});
