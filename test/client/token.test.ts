import { expect, test } from "vitest";
import { type Asked, clientWith, json, LOST, page, problem, thrownBy } from "./stand-in.ts";

const TOKEN = "Consistency-Token";
const NOTE = { note: "n" };

const accepted = (token: string) => json({ id: "019a", version: 2 }, { [TOKEN]: token });
const tokens = (asked: readonly Asked[]) => asked.map(({ headers }) => headers.get(TOKEN));

/** Answers that come when the test says so, in its own order. */
function answersByHand() {
  const waiting: ((response: Response) => void)[] = [];
  const reply = () => new Promise<Response>((resolve) => void waiting.push(resolve));
  return { reply, give: (request: number, response: Response) => waiting[request]?.(response) };
}

/** Until all that could begin has begun. */
const begun = () => new Promise((resolve) => setTimeout(resolve, 0));

test("each request brings the token of the answer before", async () => {
  const { client, asked } = clientWith([accepted("t1"), accepted("t2"), page([])]);
  expect(client.token).toBeUndefined();
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.list();
  expect(tokens(asked)).toEqual([null, "t1", "t2"]);
  expect(client.token).toBe("t2");
});

test("answers without a token take nothing away", async () => {
  const { client, asked } = clientWith([accepted("t1"), page([]), problem(404, "ticket-not-found"), page([])]);
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.list();
  await thrownBy(client.tickets.get("019b"));
  await client.tickets.list();
  expect(tokens(asked)).toEqual([null, "t1", "t1", "t1"]);
});

test("a try again brings what was learnt meanwhile", async () => {
  const { reply, give } = answersByHand();
  const { client, asked } = clientWith([reply, accepted("t1"), page([])]);
  const list = client.tickets.list();
  await client.tickets.addNote("019a", NOTE);
  give(0, problem(503, "temporarily-unavailable"));
  await list;
  expect(tokens(asked)).toEqual([null, null, "t1"]);
});

test("of requests at once, whichever is answered last, nothing is forgotten", async () => {
  const { reply, give } = answersByHand();
  const { client, asked } = clientWith([accepted("t0"), reply, reply, reply, accepted("t4"), page([])]);
  await client.tickets.addNote("019a", NOTE);
  const three = [1, 2, 3].map(() => client.tickets.addNote("019a", NOTE));
  await begun();
  give(2, accepted("t3"));
  await three[2];
  give(0, accepted("t1"));
  await three[0];
  give(1, accepted("t2"));
  await three[1];
  // Each stands for t0, and none for another.
  expect(client.token).toBe("t3, t1, t2");
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.list();
  expect(tokens(asked)).toEqual([null, "t0", "t0", "t0", "t3, t1, t2", "t4"]);
});

test("what came after a request had left stays beside its answer's", async () => {
  const { reply, give } = answersByHand();
  const { client } = clientWith([reply, accepted("t1"), accepted("t2")]);
  const slow = client.tickets.list();
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.addNote("019a", NOTE);
  give(0, json({ items: [], next_cursor: null, as_of: "" }, { [TOKEN]: "t0" }));
  await slow;
  expect(client.token).toBe("t2, t0");
});

test("more than a header holds becomes `latest`, which includes it, until an answer stands for all", async () => {
  const long = (number: number) => `t${number}`.padEnd(1_900, "x");
  const { reply, give } = answersByHand();
  const { client, asked } = clientWith([reply, reply, reply, reply, reply, page([]), accepted("t9"), page([])]);
  const many = [0, 1, 2, 3, 4].map(() => client.tickets.addNote("019a", NOTE));
  await begun();
  for (const number of [0, 1, 2, 3]) {
    give(number, accepted(long(number)));
    await many[number];
  }
  expect(client.token).toBe("latest");
  // It left before: its answer's token stands for nothing of the others'.
  give(4, accepted("t5"));
  await many[4];
  await client.tickets.list();
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.list();
  expect(tokens(asked).slice(5)).toEqual(["latest, t5", "latest, t5", "t9"]);
});

test("a client begins with what another one has seen", async () => {
  const { client, asked } = clientWith([page([])], { token: "t1,t2 , t3" });
  await client.tickets.list();
  expect(tokens(asked)).toEqual(["t1, t2, t3"]);
});

test("a list can ask for everything recorded so far, and wait for it", async () => {
  const { client, asked } = clientWith([accepted("t1"), page([])]);
  await client.tickets.addNote("019a", NOTE);
  await client.tickets.list({}, { latest: true, wait: 20 });
  expect(tokens(asked)).toEqual([null, "latest, t1"]);
  expect(asked[1]?.headers.get("Prefer")).toBe("wait=20");
});

test("a lost answer leaves what was known", async () => {
  const { client } = clientWith([accepted("t1"), LOST], { retries: 0 });
  await client.tickets.addNote("019a", NOTE);
  await thrownBy(client.tickets.list());
  expect(client.token).toBe("t1");
});
