import { env } from "cloudflare:workers";
import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { framesOf, reasonOf } from "../../src/platform/errors.ts";
import { service } from "../service.ts";

const desk = service();

/** What a function throws. */
function caughtFrom(fail: () => unknown): Error {
  try {
    fail();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return new Error("nothing was thrown");
}

describe("what an error tells the log", () => {
  const secret = "my password is 1234";
  const thrown = [
    () => JSON.parse(secret),
    () => JSON.parse(`{"a": ${secret}`),
    () => {
      throw new Error(`D1_TYPE_ERROR: Type 'object' not supported for value '${secret}'`);
    },
    () => {
      throw new TypeError(`cannot read\n    at "${secret}"\n    at '${secret}' (it's)`);
    },
  ];

  test.each(thrown)("holds nothing that it quotes: %s", (fail) => {
    const error = caughtFrom(fail);
    expect(error.message).toContain(secret.slice(0, 5));
    expect(reasonOf(error)).toMatch(/^\w+: /);
    for (const text of [reasonOf(error), framesOf(error)]) expect(text).not.toContain(secret.slice(0, 5));
    expect(framesOf(error)).toMatch(/^ +at .*reasons\.test/m);
  });

  const values = "O'Brien, \"call me\"\n    at 4 pm, it's urgent";
  const drizzle = new DrizzleQueryError('insert into "tickets" ("subject") values (?)', [values, 7], undefined);
  const pattern = "(urgent Brien";
  const bare = [
    drizzle,
    new Error("The batch failed", { cause: drizzle }),
    new Error("The batch failed", { cause: new DrizzleQueryError("select ?", [values], new Error(`no '${values}'`)) }),
    new TypeError(drizzle.message),
    caughtFrom(() => BigInt("urgent")),
    caughtFrom(() => new Intl.DateTimeFormat("en", { timeZone: "O'Brien/urgent" })),
    caughtFrom(() => new RegExp(pattern)),
    Object.assign(new Error("x"), { cause: values }),
    new Error(`D1_ERROR: ${drizzle.message}: SQLITE_ERROR`, { cause: new Error(drizzle.message) }),
  ];

  test.each(bare)("holds no value that it lists or ends with, in its causes neither: %s", (error) => {
    for (const text of [reasonOf(error), framesOf(error)]) expect(text).not.toMatch(/Brien|call me|urgent|4 pm/);
    expect(reasonOf(error)).toMatch(/^\w+: \w/);
  });

  test("has its causes, and an end where they have none", () => {
    const inner = new TypeError("D1_ERROR: Network connection lost");
    expect(reasonOf(new Error("The batch failed", { cause: new Error("No answer", { cause: inner }) }))).toBe(
      "Error: The batch failed, because of Error: No answer, because of TypeError: D1_ERROR: Network connection lost",
    );
    const circle: Error = new Error("one");
    circle.cause = new Error("other", { cause: circle });
    expect(reasonOf(circle).split("because of")).toHaveLength(8);
  });

  test("still says what is wrong", () => {
    expect(reasonOf(drizzle)).toBe("Error: Failed query: insert into …) values (?)\nparams: …");
    expect(reasonOf(new Error("D1_ERROR: no such column: x at offset 7: SQLITE_ERROR"))).toBe(
      "Error: D1_ERROR: no such column: x at offset 7: SQLITE_ERROR",
    );
    expect(reasonOf(new SyntaxError(`Unexpected token 'm', "my passwor"... is not valid JSON`))).toBe(
      "SyntaxError: Unexpected token …... is not valid JSON",
    );
  });

  test("names the route, not the address", async () => {
    const { id } = await desk.create();
    for (const error of [new Error("D1_ERROR: Network connection lost."), new TypeError(`no "${secret}"`)]) {
      const broken = new Proxy(env.DB, {
        get: () => () => {
          throw error;
        },
      });
      const at = service({ databaseFor: () => new Database(broken) });
      const response = await at.get(`/tickets/${id}?limit=7`);
      expect(response.status).toBeGreaterThanOrEqual(500);
      const [line] = at.log.filter(({ level }) => level === "error");
      expect(line?.fields).toMatchObject({ route: "/tickets/:id", request_id: response.headers.get("X-Request-Id") });
      expect(JSON.stringify(at.log)).not.toMatch(new RegExp(`${id}|limit|${secret}`));
    }
  });
});
