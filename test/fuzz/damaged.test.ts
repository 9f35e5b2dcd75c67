import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { openDesk } from "./desk.ts";
import { BASE64URL, HEX } from "./hostile/forgeries.ts";
import { damaged } from "./hostile/texts.ts";
import { addressOf, LISTS, type List, setScene } from "./scene.ts";

const desk = openDesk();
const { keys, tickets, cursors, tokens } = await setScene(desk);
const token = tokens.at(-1) ?? "";
const { root = "", admin = "", agent = "" } = keys;

/** What a client is given to bring back, and what it is told where that is damaged. */
interface Credential {
  readonly what: string;
  readonly genuine: string;
  readonly alphabet: string;
  readonly path: string;
  /** Which of the headers it goes into; where there is none, it is a parameter of the query. */
  readonly header?: string;
  /** The key. */
  readonly caller?: string | undefined;
  readonly refusal: readonly [status: number, type: string];
}

/** The lists, in words. */
const CURSORS: Readonly<Record<List, string>> = {
  tickets: "a cursor of the tickets",
  filtered: "a cursor of some tickets",
  relevance: "a cursor of a search",
  conversation: "a cursor of a conversation",
  history: "a cursor of a history",
  feed: "a cursor of the feed",
  keys: "a cursor of a workspace's keys",
  allKeys: "a cursor of all keys",
};
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
  ...Object.entries(LISTS).map(([list, [caller]]): Credential => {
    const [what, genuine] = [CURSORS[list as List], cursors[list as List]];
    const path = addressOf(list as List, tickets);
    return {
      what,
      genuine,
      path,
      caller: keys[caller],
      alphabet: BASE64URL,
      refusal: [400, "/problems/invalid-cursor"],
    };
  }),
  { ...TOKEN, what: "a token", genuine: token, path: "/tickets", caller: agent },
  { ...KEY, what: "an admin's key", genuine: admin },
  { ...KEY, what: "an agent's key", genuine: agent, path: "/tickets" },
  { ...KEY, what: "the root key", genuine: root, alphabet: BASE64URL },
  { ...KEY, what: "a revoked key", genuine: keys.revoked ?? "" },
];

const DAMAGED = 5_000;
const SEED = 20_261_123;

/** By which name a list takes its cursor. */
function parameterOf(path: string): string {
  return path.startsWith("/events") ? "after" : "cursor";
}

async function send({ path, header, caller }: Credential, text: string) {
  const address = header === undefined ? `${path}&${parameterOf(path)}=${encodeURIComponent(text)}` : path;
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
    await fc.assert(property, { seed: SEED, numRuns: Math.ceil(DAMAGED / CREDENTIALS.length) });
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
