import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Door } from "./door.ts";
import { Ledger } from "./ledger.ts";
import { finishOperations, startOperation } from "./operations.ts";

type Answers = (request: string) => readonly [status: number, body: object];

/** A service that has nothing but operations, and counts the triggers of its cron. */
async function serviceThat(answers: Answers) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url?.split("?")[0]}`;
    seen.push(asked);
    const [status, body] = asked.startsWith("GET /cdn-cgi/") ? ([200, {}] as const) : answers(asked);
    response.writeHead(status, { "X-Request-Id": "1" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const isBound = (bound: typeof address): bound is AddressInfo => typeof bound === "object" && bound !== null;
  if (!isBound(address)) throw new Error("the server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  return { url, door: new Door(url, "key"), seen, ledger: new Ledger() };
}

test("a rebuild that a crash cut short is brought to its end by the cron, then everything is audited", async () => {
  const states = ["running", "verifying", "finished"];
  const { url, door, seen, ledger } = await serviceThat((request) => {
    if (request === "GET /projections") return [200, { backlog: { count: 0 }, drift: { found: 0 } }];
    if (request === "POST /projections/audit") return [202, { state: "running", run: 7 }];
    // The audit that was asked for has ended, and the cron has begun its own.
    return [200, request.endsWith("rebuild") ? { state: states.shift(), run: 3 } : { state: "running", run: 8 }];
  });
  await finishOperations(url, door, ledger);
  const rebuild = "GET /projections/rebuild";
  const cron = "GET /cdn-cgi/local/scheduled";
  const rest = ["POST /projections/audit", "GET /projections/audit", "GET /projections"];
  expect(seen).toEqual([rebuild, cron, rebuild, cron, rebuild, ...rest]);
  expect(ledger.violations).toEqual([]);
  expect(ledger.tally).toEqual({ "audits started": 1 });
});

test("what an audit has found is a broken promise", async () => {
  const { url, door, ledger } = await serviceThat((request) => [
    request.startsWith("POST") ? 202 : 200,
    request === "GET /projections" ? { backlog: { count: 0 }, drift: { found: 2 } } : { state: "finished", run: 1 },
  ]);
  await finishOperations(url, door, ledger);
  expect(ledger.violations).toEqual([{ kind: "stale row", detail: "the service's own audits have found 2 rows" }]);
});

test("a failure of the service is no answer to an operator", async () => {
  const { door, ledger } = await serviceThat(() => [500, { title: "Something went wrong" }]);
  await startOperation(door, ledger, "rebuild");
  expect(ledger.violations.map(({ kind }) => kind)).toEqual(["answer"]);
});

test("a look that comes too soon after too many others is put off, and none is given up at once", async () => {
  const statuses = [429, 429, 200];
  const { door, seen } = await serviceThat(() => [
    statuses.shift() ?? 500,
    { tickets: 0, backlog: { count: 0 }, drift: { found: 0 } },
  ]);
  expect(await door.projections()).toMatchObject({ backlog: { count: 0 } });
  expect(seen).toHaveLength(3);
});
