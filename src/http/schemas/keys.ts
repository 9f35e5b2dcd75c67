import { z } from "@hono/zod-openapi";
import { about, foreignId, MAX_TIMESTAMP, text, uuid } from "../../commands/schemas.ts";
import { A_TIME } from "../../platform/input-errors.ts";
import { parseInstant } from "../../queries/instant.ts";
import { EXAMPLE_ID, EXAMPLE_KEY } from "../contract/examples.ts";
import { cursor, givenId, instant, limit, MAX_TIME, nextCursor } from "./common.ts";

/** A workspace's name: it stands in keys of tables and indexes, and needs no escaping anywhere. */
const workspaceId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    "must be 1 to 63 characters from a–z, 0–9, _ and -, and start with a letter or digit",
  )
  .openapi({ maxLength: 63, description: "The workspace of the key", example: "acme" });

const role = z.enum(["agent", "admin"]).openapi({
  description:
    "An `agent` key works on tickets. An `admin` key can also manage keys, import tickets and erase customers",
});

const keyId = uuid.clone().openapi({ description: "The key's id (UUIDv7)", example: EXAMPLE_ID });

const name = about(text({ characters: 100 }), "The purpose of the key").meta({ example: "The shop's server" });

/** An offset can lead out of the years that can be written. */
const expiry = z
  .string()
  .max(MAX_TIME)
  .refine((time) => parseInstant(time) !== undefined, {
    error: A_TIME,
    abort: true,
  })
  .refine((time) => (parseInstant(time) ?? 0) <= MAX_TIMESTAMP, { error: "must be before the year 10000, UTC" })
  .openapi({ format: "date-time", maxLength: MAX_TIME });

/** `POST /keys` */
export const createKeyBody = z.strictObject({
  name,
  role,
  agent_id: about(foreignId, "The agent who uses the key. Ticket events record this id")
    .nullable()
    .default(null)
    .meta({ example: "ada" }),
  workspace_id: workspaceId.optional().openapi({
    description:
      "The workspace of the new key. The default is the caller's workspace, which is `default` for the root key. Only the root key can name another workspace.",
  }),
  expires_at: expiry.nullable().default(null).openapi({
    description: "When the key expires; null if it never does. Must be in the future and before the year 10000",
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
  created_by: keyId
    .nullable()
    .openapi({ description: "The id of the key that created this key; null for the root key" }),
  created_at: instant,
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
});

export const key = shown.openapi("Key");

export const newKey = shown
  .extend({
    key: z.string().max(108).nullable().openapi({
      description:
        "The key: `edk_` and 104 hexadecimal digits. It is shown only once. Null if the response is replayed (`Idempotent-Replayed: true`), because the key is not stored",
      example: EXAMPLE_KEY,
    }),
  })
  .openapi("NewKey");

export const keyPage = z.object({ items: z.array(key).max(100), next_cursor: nextCursor }).openapi("KeyPage");

/** `?workspace_id&limit&cursor` */
export const keysQuery = z.strictObject({
  workspace_id: workspaceId
    .optional()
    .openapi({ description: "Keys of this workspace. Only the root key can name another workspace" }),
  limit,
  cursor,
});
