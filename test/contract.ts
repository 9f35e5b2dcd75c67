import { type Schema, Validator } from "@cfworker/json-schema";
import { app } from "../src/http/app.ts";
import { openApiDocument } from "../src/http/openapi.ts";

/** What is read here of a document. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
  };
}

/** One operation of the document. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (Reference | Parameter)[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly description?: string;
  readonly example?: unknown;
}

interface Header {
  readonly required: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, Reference>>;
}

export interface Answer {
  readonly headers: Readonly<Record<string, Reference | Header>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

/** The document, as a client reads it. */
export const contract: Document = JSON.parse(JSON.stringify(openApiDocument(app)));

/** All operations, with their methods and paths. */
export const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);

/** The part of the document that a reference names. */
export function resolve<Part>(part: Reference | Part): Part {
  if (typeof part !== "object" || part === null || !("$ref" in part)) return part;
  const path = part.$ref.split("/").slice(1);
  return path.reduce((found: unknown, name) => Object(found)[name], contract) as Part;
}

/**
 * What an answer has that the document does not say, or lacks of what it says.
 *
 * @param path with the query
 */
export async function breachesOf(method: string, path: string, response: Response): Promise<string[]> {
  // Joined, not resolved: a path that begins with two slashes is no other host.
  const { pathname } = new URL(`https://edgedesk.test${path}`);
  const operation = operationAt(method === "HEAD" ? "GET" : method, decoded(pathname));
  if (method === "OPTIONS" && response.status === 204) return [];
  const answer = operation ? operation.responses[response.status] : elsewhere(response.status);
  if (!answer) return [`${response.status} is no documented answer`];
  const breaches = [...headerBreaches(answer, response)];
  const text = await response.clone().text();
  if (method !== "HEAD") breaches.push(...bodyBreaches(answer, response.headers.get("Content-Type"), text));
  return breaches;
}

/** The operation at an address. A path without parameters comes before one with (https://spec.openapis.org/oas/v3.1.1#paths-object). */
function operationAt(method: string, pathname: string) {
  const there = operations.filter(({ path }) => template(path).test(pathname));
  const [best] = there.toSorted((one, other) => one.path.split("{").length - other.path.split("{").length);
  return there.find((one) => one.path === best?.path && one.method === method);
}

/** An address as the router reads it: what is no UTF-8 behind its percent signs stays as it is. */
function decoded(pathname: string): string {
  return pathname.replaceAll(/(?:%[0-9a-f]{2})+/gi, (signs) => {
    try {
      return decodeURI(signs);
    } catch {
      return signs;
    }
  });
}

function template(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

/** What is answered where there is no operation: a problem, and nothing else. */
function elsewhere(status: number): Answer | undefined {
  if (status < 400) return undefined;
  const known = operations.map(({ responses }) => responses[status]).find((answer) => answer?.content?.[PROBLEM]);
  const content = { [PROBLEM]: { schema: { $ref: "#/components/schemas/Problem" } } };
  return { headers: known?.headers ?? { ...EVERYWHERE, ...(status === 405 && { Allow }) }, content };
}

const PROBLEM = "application/problem+json";

const EVERYWHERE = Object.fromEntries(
  ["X-Request-Id", "Server-Timing", "Cache-Control"].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

const Allow: Header = { required: true, schema: { type: "string" } };

/** Headers that are no part of the contract: of the transport, and what browsers are told. */
const BESIDE = new RegExp(
  "^(?:content-(?:type|length|security-policy)|vary|x-content-type-options|x-frame-options|strict-transport-security" +
    "|referrer-policy|cross-origin-resource-policy|access-control-.*)$",
);

function headerBreaches({ headers }: Answer, response: Response): string[] {
  const documented = Object.entries(headers).map(([name, header]) => [name, resolve<Header>(header)] as const);
  const wrong = documented.flatMap(([name, { required, schema }]) => {
    const value = response.headers.get(name);
    if (value === null) return required ? [`the header ${name} is missing`] : [];
    const read = schema["type"] === "integer" ? Number(value) : value;
    return schemaBreaches(schema, read).map((breach) => `the header ${name}: ${breach}`);
  });
  const names = new Set(documented.map(([name]) => name.toLowerCase()));
  const unknown = [...response.headers.keys()].filter((name) => !names.has(name) && !BESIDE.test(name));
  return [...wrong, ...unknown.map((name) => `the header ${name} is not documented`)];
}

function bodyBreaches({ content }: Answer, contentType: string | null, text: string): string[] {
  if (content === undefined) return text === "" ? [] : ["a body is not documented"];
  const type = contentType?.split(";")[0] ?? "none";
  const media = content[type];
  if (!media) return [`the content type ${type} is not documented`];
  return schemaBreaches(media.schema, type.endsWith("json") ? JSON.parse(text) : text);
}

const validators = new Map<Schema, Validator>();

/** What is wrong with a value; a field that its schema does not name is. */
export function schemaBreaches(schema: Schema, value: unknown): string[] {
  const validator = validators.get(schema) ?? new Validator(standalone(schema), "2020-12", false);
  validators.set(schema, validator);
  return validator.validate(value).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

const $defs = Object.fromEntries(
  Object.entries(contract.components.schemas).map(([name, schema]) => [name, closed(schema)]),
);

function standalone(schema: Schema): Schema {
  return { ...closed(schema), $defs };
}

/**
 * A schema that refuses fields that it does not name. The document does not say so of answers: they may gain fields, and clients are
 * to ignore what they do not know. Here, a field that it does not name is one that was forgotten there.
 */
function closed(schema: Schema | boolean): Schema {
  if (typeof schema === "boolean") return schema ? {} : { not: {} };
  const { properties, items, anyOf, allOf, $ref, ...rest } = schema;
  return {
    ...rest,
    ...($ref && { $ref: $ref.replace("#/components/schemas/", "#/$defs/") }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)])),
      additionalProperties: rest["additionalProperties"] ?? false,
    }),
    ...(items && !Array.isArray(items) && { items: closed(items) }),
    ...(anyOf && { anyOf: anyOf.map(closed) }),
    // What is said beside a reference narrows it, and names few of its fields.
    ...(allOf && { allOf: allOf.map((one) => (one.$ref ? closed(one) : one)) }),
  };
}
