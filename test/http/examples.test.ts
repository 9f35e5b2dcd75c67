import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { EXAMPLE_ID } from "../../src/http/contract/examples.ts";
import { operations, type Parameter, resolve } from "../contract.ts";
import { poisoned } from "../projection/poison.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";

// Every example of the document is sent to the service, over what the examples are about: a ticket at its third version and a key
// with the examples' id, and a page after the first of everything.

/** The ids that the service gives next; then others. */
const ids: string[] = [];
const desk = service({ newId: () => ids.shift() ?? crypto.randomUUID() });

/** The next thing that is made gets the id of the examples; the request that makes it has one of its own. */
const asInExamples = () => ids.push(crypto.randomUUID(), EXAMPLE_ID);

beforeEach(async () => {
  await emptyTables();
  await desk.create();
  asInExamples();
  await desk.create();
  await desk.command(EXAMPLE_ID, "messages", { from: "agent", body: "It is on its way to you." });
  await desk.command(EXAMPLE_ID, "notes", { note: "Sent by post on the 3rd." });
  // Numbers have a second page, too.
  for (const assignee_id of ["ada", "ben"]) {
    const { id } = await desk.create();
    await desk.command(id, "assignee", { assignee_id });
  }
  await answered(await desk.post("/keys", { name: "One", role: "agent" }), 201);
  asInExamples();
  await answered(await desk.post("/keys", { name: "Another", role: "agent" }), 201);
  await desk.deliverSent();
  await desk.sweep();
  await desk.deliverSent();
});

/** Parks the ticket of the examples, for the one operation that is about such. */
async function park() {
  const bad = poisoned();
  await env.DB.prepare("UPDATE tickets SET subject = 'bad' WHERE id = ?").bind(EXAMPLE_ID).run();
  await bad.desk.command(EXAMPLE_ID, "notes", { note: "It cannot be projected" });
  const [message] = bad.desk.sent;
  await bad.desk.deliver([message], "ticket-projections-dead");
}

type Operation = (typeof operations)[number];

/** A request with what an operation must have, and one thing more. */
async function ask(
  { method, path, parameters = [] }: Operation,
  more: Parameter | undefined,
  body?: [string, unknown],
) {
  const all = parameters.map((one) => resolve<Parameter>(one));
  const given = [...all.filter(({ required }) => required), ...(more ? [more] : [])];
  const values = await Promise.all(given.map(async (one) => [one, await exampleOf(one, path)] as const));
  const of = (place: string) => values.filter(([one]) => one.in === place);
  const address = of("path").reduce((text, [{ name }, value]) => text.replace(`{${name}}`, String(value)), path);
  const query = of("query").flatMap(([{ name }, value]) => [value].flat().map((one) => [name, String(one)]));
  const headers = new Headers({ Authorization: `Bearer ${KEY}` });
  for (const [{ name }, value] of of("header")) headers.set(name, String(value));
  if (body) headers.set("Content-Type", body[0]);
  const text = typeof body?.[1] === "string" ? body[1] : JSON.stringify(body?.[1]);
  return await desk.fetch(`${address}?${new URLSearchParams(query)}`, { method, headers, ...(body && { body: text }) });
}

/** The example; but a cursor cannot be made up: it comes from the page before. */
async function exampleOf({ name, schema, example = schema["example"] }: Parameter, path: string): Promise<unknown> {
  if (name !== "cursor" && name !== "after") return example;
  const page = await answered<{ next_cursor?: string | null; conversation?: { next_cursor: string | null } }>(
    await desk.get(`${path.replace("{id}", EXAMPLE_ID)}?limit=1`),
    200,
  );
  return page.next_cursor ?? page.conversation?.next_cursor;
}

describe.each(operations.map((operation) => [operation.operationId, operation] as const))("%s", (name, operation) => {
  const bodies = Object.entries(operation.requestBody?.content ?? {});
  const requests = bodies.map(([type, { example }]): [string, unknown] => [type, example]);
  const optional = (operation.parameters ?? [])
    .map((one) => resolve<Parameter>(one))
    .filter(({ required }) => !required);

  const send = async (more?: Parameter, body = requests[0]) => {
    if (name === "retryParkedTicket") await park();
    const response = await ask(operation, more, body);
    const text = await response.clone().text();
    const isTaken = response.ok || (more?.name === "If-None-Match" && response.status === 304);
    expect(isTaken, `${response.status} ${text}`).toBe(true);
  };

  test("takes what its example says", async () => {
    await send();
    for (const body of requests.slice(1)) await send(undefined, body);
  });

  test.each(optional.map((one) => [one.name, one] as const))("with %s", async (_, parameter) => await send(parameter));
});
