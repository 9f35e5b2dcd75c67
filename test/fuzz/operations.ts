import { z } from "@hono/zod-openapi";
import { importLineSchema } from "../../src/commands/import-line.ts";
import { app } from "../../src/http/app.ts";
import type { Role } from "../../src/keys/roles.ts";

/** What of a JSON schema (https://json-schema.org/draft/2020-12) a value can be made from. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** One operation of the API, as its definition says: whatever is defined is here, without anybody thinking of it. */
export interface Operation {
  /** `POST /tickets/{id}/status` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The least role that may; undefined: anybody may. */
  readonly role: Role | undefined;
  readonly query: Readonly<Record<string, Schema>>;
  readonly body: Body | undefined;
  /** Its answers by status, problems aside: their media types, and what is in them. */
  readonly answers: ReadonlyMap<number, readonly Answer[]>;
}

/** What an operation answers with. */
export interface Answer {
  readonly type: string;
  /** Of JSON. */
  readonly schema: z.ZodType | undefined;
}

/** What an operation takes. */
export interface Body {
  readonly type: string;
  /** Of the object, or of each line. */
  readonly schema: Schema;
  readonly isLines: boolean;
}

/** Bodies that are texts in the document, line by line. */
const LINES: Readonly<Record<string, z.ZodType>> = { "/tickets/import": importLineSchema };

const PROBLEM = "application/problem+json";

/** All operations of the API. */
export const OPERATIONS: readonly Operation[] = app.openAPIRegistry.definitions.flatMap((definition) => {
  if (definition.type !== "route") return [];
  const { method, path, security, request, responses } = definition.route;
  const [type, media] = Object.entries(request?.body?.content ?? {})[0] ?? [];
  const lines = LINES[path];
  const schema = lines ?? (media && "schema" in media ? media.schema : undefined);
  return [
    {
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      role: security?.[0]?.["key"]?.[0] as Role | undefined,
      query: request?.query instanceof z.ZodType ? (schemaOf(request.query).properties ?? {}) : {},
      body: type && schema instanceof z.ZodType ? { type, schema: schemaOf(schema), isLines: !!lines } : undefined,
      answers: new Map(
        Object.entries(responses).map(([status, response]) => {
          const contents = Object.entries("content" in response ? (response.content ?? {}) : {});
          const found = contents.flatMap(([type, media]): Answer[] => {
            if (type === PROBLEM) return [];
            const schema = type === "application/json" && media && "schema" in media ? media.schema : undefined;
            return [{ type, schema: schema instanceof z.ZodType ? schema : undefined }];
          });
          return [Number(status), found];
        }),
      ),
    },
  ];
});

/** The schema of what is sent, before it is validated and filled up. */
function schemaOf(type: z.ZodType): Schema {
  return z.toJSONSchema(type, { io: "input", unrepresentable: "any" }) as Schema;
}
