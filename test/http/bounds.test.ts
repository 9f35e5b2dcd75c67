import type { Schema } from "@cfworker/json-schema";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { describe, expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { contract, operations, type Parameter, resolve } from "../contract.ts";
import { KEY, service } from "../service.ts";
import { leaveNoTrace, NOBODY, refused } from "./problem.ts";

// The contract states every bound, as the OWASP API Security rules of Spectral ask for (API4:2023), and the service enforces those of
// requests.

/** A schema of the document, and where it is. */
interface Found {
  readonly place: string;
  readonly schema: Schema;
}

/** All schemas within a part of the document. */
function schemasIn(part: unknown, place: string): Found[] {
  if (typeof part !== "object" || part === null) return [];
  const inner = Object.entries(part).flatMap(([name, one]) =>
    // An example is a value, and may look like a schema.
    name === "example" || name === "examples" ? [] : schemasIn(one, `${place}/${name}`),
  );
  return "type" in part && isType(part.type) ? [{ place, schema: part as Schema }, ...inner] : inner;
}

const isType = (type: unknown) => typeof type === "string" || Array.isArray(type);

/** What a schema of the document does not say. */
function unboundedIn(document: unknown): string[] {
  return schemasIn(document, "").flatMap(({ place, schema }) => {
    const { type, enum: values, const: value, maxLength, minimum, maximum, maxItems, pattern } = schema;
    const is = (one: string) => [type].flat().some((name) => name === one);
    const isListed = values !== undefined || value !== undefined;
    const breaches = [
      is("string") && !isListed && maxLength === undefined && "has no maxLength",
      is("integer") && !isListed && (minimum === undefined || maximum === undefined) && "has no minimum or no maximum",
      is("array") && maxItems === undefined && "has no maxItems",
      pattern !== undefined && !compiles(pattern) && `has a pattern that does not compile: ${pattern}`,
    ];
    return breaches.filter((breach) => breach !== false).map((breach) => `${place} ${breach}`);
  });
}

/** Whether a pattern is one of ECMA-262, without the slashes and flags of its literals (https://json-schema.org/draft/2020-12). */
function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return !/^\/.*\/[dgimsuvy]*$|\/[dgimsuvy]+$/.test(pattern);
  } catch {
    return false;
  }
}

describe("the contract", () => {
  test("states a bound for each string, integer and array, and patterns that compile", () => {
    expect(unboundedIn(contract)).toEqual([]);
  });

  test.each<[Schema, string]>([
    [{ type: "string" }, "no maxLength"],
    [{ type: ["string", "null"], format: "uuid" }, "no maxLength"],
    [{ type: "integer", minimum: 0 }, "no maximum"],
    [{ type: "integer", maximum: 9 }, "no minimum"],
    [{ type: "array", items: { type: "string", maxLength: 1 } }, "no maxItems"],
    [{ type: "array", maxItems: 1, items: { type: "string" } }, "/items has no maxLength"],
    [{ type: "string", maxLength: 9, pattern: "^a/u" }, "pattern"],
    [{ type: "string", maxLength: 9, pattern: "/^a$/" }, "pattern"],
    [{ type: "string", maxLength: 9, pattern: "(a" }, "pattern"],
  ])("would not pass with %j", (schema, breach) => {
    expect(unboundedIn({ components: { schemas: { One: schema } } }).join()).toContain(breach);
  });

  test("passes with what needs no bound", () => {
    const document = { a: { type: "string", enum: ["x"] }, b: { type: "string", const: "x" }, c: { type: "object" } };
    expect(unboundedIn({ ...document, example: { type: "string" } })).toEqual([]);
  });

  test.each(operations.map((one) => [one.operationId, one] as const))(
    "describes %s, beyond its summary",
    (_, operation) => {
      expect(operation.description).toMatch(/\w.*\.$/s);
      expect(operation.description).not.toBe(operation.summary);
    },
  );

  test("lists each value of a literal that has several", () => {
    const literals = literalsIn(app.openAPIRegistry.definitions);
    expect(literals.length).toBeGreaterThan(0);
    for (const literal of literals) expect(valuesInDocument(literal)).toEqual([...literal.values]);
    // The generator forgets all but the first: without words of its own, a literal fails here.
    expect(valuesInDocument(z.literal(["one", "two"]))).not.toEqual(["one", "two"]);
  });
});

/** All literals of several values that the definitions of the routes reach. */
function literalsIn(part: unknown, seen = new Set<unknown>()): z.ZodLiteral[] {
  if (typeof part !== "object" || part === null || seen.has(part)) return [];
  seen.add(part);
  if (part instanceof z.ZodLiteral) return part.values.size > 1 ? [part] : [];
  const inner = part instanceof z.ZodObject ? part.shape : part instanceof z.ZodType ? part._zod.def : part;
  return Object.values(inner).flatMap((one) => literalsIn(one, seen));
}

/** The values that the document gives for a schema. */
function valuesInDocument(schema: z.ZodType): unknown {
  const router = new OpenAPIHono();
  const content = { "application/json": { schema: z.object({ value: schema }) } };
  router.openAPIRegistry.registerPath(
    createRoute({ method: "get", path: "/", responses: { 200: { description: "", content } } }),
  );
  const document = JSON.stringify(router.getOpenAPI31Document({ openapi: "3.1.1", info: { title: "", version: "" } }));
  const [, values] = /"enum":(\[[^\]]*\])/.exec(document) ?? [];
  return values && JSON.parse(values);
}

const desk = service();
await leaveNoTrace(desk);

describe("the service refuses more than the contract allows", () => {
  const send = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
    desk.fetch(path.replaceAll(/\{\w+\}/g, NOBODY), {
      method,
      headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  const bodies = operations.flatMap((operation) => {
    const media = operation.requestBody?.content["application/json"];
    if (!media) return [];
    const example = media.example as Record<string, unknown>;
    return Object.entries(media.schema.properties ?? {}).flatMap(([name, schema]) =>
      excessesOf(Object(schema)).map((value) => ({ operation, name, body: { ...example, [name]: value } })),
    );
  });

  test("there are bounds to try", () => expect(bodies.length).toBeGreaterThan(15));

  test.each(bodies.map((one) => [one.operation.operationId, one.name, one] as const))(
    "%s: /%s",
    async (_, name, one) => {
      const { method, path } = one.operation;
      const { fields } = await refused(send(method, path, {}, one.body), 422, "invalid-body");
      expect(fields?.every((field) => field.startsWith(`/${name}`))).toBe(true);
    },
  );

  const parameters = operations
    .filter(({ security }) => security.length > 0)
    .flatMap((operation) => (operation.parameters ?? []).map((one) => [operation, resolve<Parameter>(one)] as const));

  const queries = parameters
    .filter(([, { in: place }]) => place === "query")
    .flatMap(([operation, { name, schema }]) => excessesOf(schema).map((value) => ({ operation, name, value })));

  test.each(queries.map((one) => [one.operation.operationId, one.name, one] as const))(
    "%s: ?%s",
    async (_, name, one) => {
      const { method, path } = one.operation;
      const query = new URLSearchParams([one.value].flat().map((value) => [name, String(value)]));
      const { fields } = await refused(send(method, `${path}?${query}`, {}), 400, "invalid-query");
      expect(fields).toEqual([name]);
    },
  );

  const headers = parameters.filter(([, { in: place }]) => place === "header");

  test.each(headers.map(([operation, { name, schema }]) => [operation.operationId, name, operation, schema] as const))(
    "%s: the header %s",
    async (_, name, { method, path }, { maxLength = 0 }) => {
      const { fields } = await refused(
        send(method, path, { [name]: "x".repeat(maxLength + 1) }),
        400,
        "malformed-header",
      );
      expect(fields).toEqual([name]);
    },
  );
});

/** Values just beyond the bounds of a schema. */
function excessesOf({ type, maxLength, minLength, minimum, maximum, maxItems, items }: Schema): unknown[] {
  const item = Array.isArray(items) || typeof items === "boolean" ? undefined : items;
  return [
    ...(maxLength === undefined ? [] : ["x".repeat(maxLength + 1)]),
    ...(minLength === 1 ? [""] : []),
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(type === "array" && maxItems !== undefined ? [Array.from({ length: maxItems + 1 }, () => fitting(item))] : []),
    ...(item ? excessesOf(item).map((one) => [one]) : []),
  ];
}

function fitting(schema: Schema | undefined): unknown {
  return schema?.enum?.[0] ?? (schema?.format === "uuid" ? crypto.randomUUID() : "x");
}
