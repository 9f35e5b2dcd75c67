import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Api } from "./api.ts";
import { ALWAYS, RESPONSE_HEADERS } from "./contract/headers.ts";
import { INFO, TAGS } from "./contract/introduction.ts";
import { PARAMETERS } from "./contract/parameters.ts";
import { narrowed, PROBLEM_TYPE, problemExamples } from "./contract/problems.ts";
import { KEY_SCHEME } from "./middleware/roles.ts";

/** The contract of the API (https://spec.openapis.org/oas/v3.1.1). */
export type OpenApiDocument = ReturnType<OpenAPIHono<Api>["getOpenAPI31Document"]>;

type PathItem = NonNullable<OpenApiDocument["paths"]>[string];

interface Answer {
  readonly headers?: object;
  readonly content?: Readonly<Record<string, object>>;
}

/** The contract of all routes that a router has: from the definitions that it validates with. */
export function openApiDocument(routes: OpenAPIHono<Api>): OpenApiDocument {
  const { paths, components, ...document } = routes.getOpenAPI31Document({
    openapi: "3.1.1",
    info: INFO,
    servers: [{ url: "/", description: "This deployment" }],
    tags: TAGS,
  });
  return {
    ...document,
    paths: Object.fromEntries(Object.entries(paths ?? {}).map(([path, item]) => [path, completed(item)])),
    components: {
      ...components,
      parameters: PARAMETERS,
      headers: RESPONSE_HEADERS,
      examples: problemExamples(),
      securitySchemes: {
        [KEY_SCHEME]: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "edk_…",
          description:
            "Send the key as `Authorization: Bearer <key>` (RFC 6750). A key has one role: agent, admin or root.",
        },
      },
    },
  };
}

/** Says of all answers what their routes need not say: which headers middleware adds, and which problems one can be. */
function completed(item: PathItem): PathItem {
  const operations = Object.entries(item).map(([method, { responses, ...operation }]) => {
    const answers = Object.entries<Answer>(responses).map(([status, answer]) => [status, completedAnswer(answer)]);
    return [method, { ...operation, responses: Object.fromEntries(answers) }];
  });
  return Object.fromEntries(operations);
}

function completedAnswer({ headers, content, ...answer }: Answer): Answer {
  const problem = content?.[PROBLEM_TYPE];
  return {
    ...answer,
    headers: { ...ALWAYS, ...headers },
    ...(content && { content: { ...content, ...(problem && { [PROBLEM_TYPE]: narrowed(problem) }) } }),
  };
}
