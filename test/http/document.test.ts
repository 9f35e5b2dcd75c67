import { describe, expect, test } from "vitest";
import { version } from "../../package.json";
import { app } from "../../src/http/app.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { PROBLEMS } from "../../src/http/problem.ts";
import { contract, type MediaType, operations, type Parameter, resolve, schemaBreaches } from "../contract.ts";
import { answered, service } from "../service.ts";

const desk = service();

/** What an operation can be answered with, as "400 /problems/invalid-query". */
function refusalsOf({ responses }: (typeof operations)[number]): string[] {
  return Object.entries(responses).flatMap(([status, { content }]) =>
    Object.keys(content?.["application/problem+json"]?.examples ?? {}).map((code) => `${status} ${code}`),
  );
}

const named = operations.map((operation) => [operation.operationId, operation] as const);

describe("GET /openapi.json", () => {
  test("gives the document to anybody, and not again to who has it", async () => {
    const first = await desk.fetch("/openapi.json");
    expect(await answered(first.clone(), 200)).toEqual(JSON.parse(JSON.stringify(openApiDocument(app))));
    expect(first.headers.get("Cache-Control")).toBe("public, max-age=300");
    const tag = first.headers.get("ETag") ?? "";
    expect(tag).toMatch(/^"[\w-]{43}="$/);
    const again = await desk.fetch("/openapi.json", { headers: { "If-None-Match": tag } });
    expect([again.status, await again.text(), again.headers.get("ETag")]).toEqual([304, "", tag]);
    expect((await desk.fetch("/openapi.json", { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
  });

  test("refuses an If-None-Match that is longer than the contract says", async () => {
    const { parameters = [] } = operations.find(({ operationId }) => operationId === "getOpenApiDocument") ?? {};
    const { maxLength = 0 } = parameters.map((one) => resolve<Parameter>(one))[0]?.schema ?? {};
    const ask = async (length: number) =>
      (await desk.fetch("/openapi.json", { headers: { "If-None-Match": `"${"x".repeat(length - 2)}"` } })).status;
    expect([await ask(maxLength), await ask(maxLength + 1)]).toEqual([200, 400]);
  });

  test("is of the package's version", async () => {
    expect(await answered(await desk.fetch("/openapi.json"), 200)).toMatchObject({ info: { version } });
  });
});

test("every route is in the document, and has a name of its own", () => {
  const routes = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  const documented = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`);
  expect(documented.toSorted()).toEqual([...new Set(routes)].toSorted());
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

test("every problem is in the document, with its status", () => {
  const { "route-not-found": _, "method-not-allowed": __, ...ofRoutes } = PROBLEMS;
  const all = Object.entries(ofRoutes).map(([code, [status]]) => `${status} ${code}`);
  expect([...new Set(operations.flatMap(refusalsOf))].toSorted()).toEqual(all.toSorted());
});

describe.each(named)("%s", (_, operation) => {
  const parameters = (operation.parameters ?? []).map((one) => resolve<Parameter>(one));
  const contents = (of: { readonly content?: Readonly<Record<string, MediaType>> } | undefined) =>
    Object.values(of?.content ?? {});

  test("says what everybody without the right key is told", () => {
    const [role] = operation.security.flatMap(({ key }) => key ?? []);
    const always = ["400 malformed-header", "400 invalid-query", "401 unauthorized", "429 too-many-requests"];
    const ofKeys = [...always, "500 internal-error", "503 temporarily-unavailable"];
    const expected = [
      "503 not-configured",
      ...(role === undefined ? [] : ofKeys),
      ...(role === undefined || role === "agent" ? [] : ["403 forbidden"]),
    ];
    expect(refusalsOf(operation)).toEqual(expect.arrayContaining(expected));
  });

  test("describes each parameter, and gives an example of it", () => {
    for (const { name, description, schema, example = schema["example"] } of parameters) {
      expect(description, name).toMatch(/\w/);
      expect(example, name).toBeDefined();
      expect(schemaBreaches(schema, example), name).toEqual([]);
    }
  });

  test("gives an example of each body, and of each answer, as its schema says", () => {
    const all = [...contents(operation.requestBody), ...Object.values(operation.responses).flatMap(contents)];
    for (const { schema, example, examples = {} } of all) {
      const values = Object.values(examples).map((one) => resolve<{ value: unknown }>(one).value);
      const given = example === undefined ? values : [example];
      expect(given).not.toEqual([]);
      expect(given.flatMap((value) => schemaBreaches(schema, value))).toEqual([]);
    }
  });

  test("refuses fields of a body that it does not name", () => {
    for (const { schema } of contents(operation.requestBody)) {
      const line = schema["contentSchema"] ? resolve<typeof schema>(schema["contentSchema"]) : schema;
      expect(line.additionalProperties).toBe(false);
    }
  });
});

test("every header has an example, as its schema says", () => {
  for (const { schema, example } of Object.values(contract.components.headers)) {
    expect(schemaBreaches(schema, example)).toEqual([]);
  }
});
