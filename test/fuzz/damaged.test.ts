import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { openDesk } from "./desk.ts";
import { BASE64URL, HEX } from "./hostile/forgeries.ts";
import { damaged } from "./hostile/texts.ts";
import { setScene } from "./scene.ts";

const desk = openDesk();
const { keys, tickets, cursors, tokens } = await setScene(desk);
const [ofTickets = "", ofConversation = "", ofHistory = "", ofKeys = "", ofAllKeys = ""] = cursors;
const [, , token = ""] = tokens;
const { root = "", admin = "", agent = "" } = keys;

/** What a client is given to bring back, and what it is told where that is damaged. */
interface Credential {
  readonly what: string;
  readonly genuine: string;
  readonly alphabet: string;
  readonly path: string;
  /** Which of the headers it goes into; as a query parameter where there is none. */
  readonly header?: string;
  readonly caller?: string;
  readonly refusal: readonly [status: number, type: string];
}

const CURSOR = { alphabet: BASE64URL, refusal: [400, "/problems/invalid-cursor"] } as const;
const TOKEN = {
  alphabet: BASE64URL,
  header: "Consistency-Token",
  refusal: [400, "/problems/malformed-header"],
} as const;
const KEY = {
  alphabet: HEX,
  header: "Authorization",
  path: "/keys",
  refusal: [401, "/problems/unauthorized"],
} as const;

const CREDENTIALS: readonly Credential[] = [
  { ...CURSOR, what: "a cursor of the tickets", genuine: ofTickets, path: "/tickets?limit=1", caller: agent },
  {
    ...CURSOR,
    what: "a cursor of a conversation",
    genuine: ofConversation,
    path: `/tickets/${tickets.own}?limit=1`,
    caller: agent,
  },
  {
    ...CURSOR,
    what: "a cursor of a history",
    genuine: ofHistory,
    path: `/tickets/${tickets.own}/events?limit=1`,
    caller: agent,
  },
  { ...CURSOR, what: "a cursor of a workspace's keys", genuine: ofKeys, path: "/keys?limit=1", caller: admin },
  { ...CURSOR, what: "a cursor of all keys", genuine: ofAllKeys, path: "/keys?limit=1", caller: root },
  { ...TOKEN, what: "a token", genuine: token, path: "/tickets", caller: agent },
  { ...KEY, what: "an admin's key", genuine: admin },
  { ...KEY, what: "an agent's key", genuine: agent, path: "/tickets" },
  { ...KEY, what: "the root key", genuine: root, alphabet: BASE64URL },
  { ...KEY, what: "a revoked key", genuine: keys.revoked ?? "" },
];

const DAMAGED = 5_000;
const SEED = 20_261_123;

async function send({ path, header, caller }: Credential, text: string) {
  const address = header === undefined ? `${path}&cursor=${encodeURIComponent(text)}` : path;
  const headers = new Headers(caller === undefined ? {} : { Authorization: `Bearer ${caller}` });
  if (header !== undefined) headers.set(header, header === "Authorization" ? `Bearer ${text}` : text);
  const answer = await desk.ask(new Request(`https://edgedesk.test${address}`, { headers }));
  return { status: answer.status, body: (await answer.json()) as { type?: string } };
}

describe(`of ${DAMAGED} damaged cursors, tokens and keys, seed ${SEED}`, () => {
  it.each(CREDENTIALS)("none passes for $what", async (credential) => {
    const { genuine, alphabet, refusal } = credential;
    const before = desk.writes();
    // Once or several times; an empty header is no token, and asks for nothing.
    const once = damaged(genuine, alphabet);
    const often = once.chain((text) => damaged(text, alphabet));
    const texts = fc
      .oneof({ weight: 3, arbitrary: once }, { weight: 1, arbitrary: often })
      .filter((text) => text !== genuine && text !== "");
    const property = fc.asyncProperty(texts, async (text) => {
      const { status, body } = await send(credential, text);
      expect([status, body.type]).toEqual(refusal);
    });
    await fc.assert(property, { seed: SEED, numRuns: DAMAGED / CREDENTIALS.length });
    expect(desk.writes()).toBe(before);
  });
});

test.each(CREDENTIALS.filter(({ what }) => what !== "a revoked key"))(
  "undamaged, $what is taken",
  async (credential) => {
    expect((await send(credential, credential.genuine)).status).toBe(200);
  },
);

test("a cursor of one list is refused by every other", async () => {
  const lists = CREDENTIALS.filter(({ header }) => header === undefined);
  for (const list of lists) {
    for (const { genuine } of lists.filter((other) => other !== list)) {
      expect((await send(list, genuine)).body.type).toBe("/problems/invalid-cursor");
    }
  }
});
