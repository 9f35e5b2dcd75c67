import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/platform/sealed.ts";
import { EMPTY_TOKEN, formatToken } from "../../src/projection/consistency/token.ts";
import type { Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { SEAL } from "../access.ts";
import { clientOf, type Given, TOKEN, tokenOf } from "../consistency/client.ts";
import { caller, root } from "../http/callers.ts";
import { NOBODY } from "../http/problem.ts";
import { DAMAGES, EMPTY_ALL } from "../oracle/damage.ts";
import { byHand, filled, operatorOf } from "../projection/operator.ts";
import { poisoned } from "../projection/poison.ts";
import { answered, emptyTables, type Page, service } from "../service.ts";

type Desk = ReturnType<typeof service>;

beforeEach(emptyTables);

/** Asks for a list with tags that its reader has. */
const ask = (desk: Desk, tags: string, query = "", given: Given = {}) =>
  clientOf(desk).get(`/tickets${query}`, [["If-None-Match", tags], ...Object.entries(given)]);

/** A list's tag, which it must have. */
async function tagOf(desk: Desk, query = ""): Promise<string> {
  const response = await desk.get(`/tickets${query}`);
  expect(response.status).toBe(200);
  const tag = response.headers.get("ETag");
  if (tag === null) throw new Error("the list has no tag");
  return tag;
}

/** A desk with some tickets, all of them projected. */
async function filledDesk(): Promise<Desk> {
  const desk = service();
  await filled(desk, 12);
  return desk;
}

describe("a list that has not changed", () => {
  test("is not sent again, to who sends its tag", async () => {
    const desk = await filledDesk();
    for (const query of [
      "",
      "?limit=5",
      "?status=open&status=closed",
      "?has_note=true",
      "?skip=3",
      "?customer_id=none",
    ]) {
      const tag = await tagOf(desk, query);
      expect(tag).toMatch(/^W\/"[\w-]+"$/);
      const response = await ask(desk, tag, query);
      expect([response.status, await response.text()]).toEqual([304, ""]);
      expect(response.headers.get("ETag")).toBe(tag);
      expect(response.headers.get("Cache-Control")).toBe("private, no-cache");
      for (const name of [TOKEN, "X-Request-Id", "Server-Timing"]) expect(response.headers.get(name)).toBeTruthy();
      expect(response.headers.get("Content-Type")).toBeNull();
    }
  });

  test("however its tag is sent: strong or weak, among others, to HEAD, by another key of the workspace", async () => {
    const desk = await filledDesk();
    const tag = await tagOf(desk);
    const others = Array.from({ length: 100 }, (_, index) => `"v${index}"`).join(", ");
    for (const tags of [tag.replace("W/", ""), `"v1", ${tag}`, `${tag},W/"x,y"`, `${others}, ${tag}`, ` ${tag} `]) {
      expect((await ask(desk, tags)).status).toBe(304);
    }
    const { key } = await root(desk).makeKey({ workspace_id: "default" });
    const headers = { Authorization: `Bearer ${key}`, "If-None-Match": tag };
    for (const method of ["GET", "HEAD"]) expect((await desk.fetch("/tickets", { method, headers })).status).toBe(304);
  });

  test("has the same tag while time goes on, as_of too, and what the cron does", async () => {
    const desk = await filledDesk();
    const [tag, { as_of }] = [await tagOf(desk), await desk.list()];
    desk.time.now += 600_000;
    await desk.sweep();
    await operatorOf(desk).audited();
    expect((await desk.list()).as_of > as_of).toBe(true);
    expect(await tagOf(desk)).toBe(tag);
    expect((await ask(desk, tag)).status).toBe(304);
  });

  test("is not sent again while a change is on its way, nor while a ticket of it is parked", async () => {
    const { desk } = poisoned();
    await filled(desk, 3);
    const tag = await tagOf(desk);
    await desk.create({ subject: "bad" });
    const during = await desk.get("/tickets");
    expect([during.status, during.headers.get("ETag")]).toEqual([200, null]);
    expect(await ask(desk, tag)).toMatchObject({ status: 304 });
    for (let attempt = 0; attempt < 10; attempt++) {
      desk.time.now += 3_600_000;
      await desk.sweep();
      await desk.deliverSent();
    }
    expect(await operatorOf(desk).status()).toMatchObject({ parked: 1 });
    const response = await ask(desk, tag);
    expect([response.status, response.headers.get("ETag")]).toEqual([304, tag]);
  });

  test("stays it where only another workspace's tickets change", async () => {
    const desk = await filledDesk();
    const tag = await tagOf(desk);
    const other = caller(desk, (await root(desk).makeKey({ workspace_id: "other" })).key);
    await other.post("/tickets", { customer_id: "c", subject: "s", message: "m" });
    expect((await ask(desk, tag)).status).toBe(304);
    await desk.deliverSent();
    expect((await ask(desk, tag)).status).toBe(304);
    expect(await tagOf(desk)).toBe(tag);
  });

  test("`*` is met by every list that there is, once its reader's token is", async () => {
    const desk = await filledDesk();
    const { id } = await desk.create();
    for (const query of ["", "?status=open&status=closed", "?customer_id=none"]) {
      expect((await ask(desk, "*", query)).status).toBe(304);
    }
    expect((await ask(desk, '"*"')).status).toBe(200);
    expect((await ask(desk, "*", "?cursor=forged")).status).toBe(400);
    // What the token asks for is projected all the same.
    const token = tokenOf(await desk.post(`/tickets/${id}/notes`, { note: "n" }));
    expect((await ask(desk, "*", "", { [TOKEN]: token })).status).toBe(304);
    expect(await desk.list()).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id, version: 2 })]),
    });
  });
});

/** Takes care that a list is sent again, with another tag or none, and that going back to the old tag is in vain. */
async function changes(desk: Desk, change: () => Promise<unknown>, query = ""): Promise<void> {
  const tag = await tagOf(desk, query);
  expect((await ask(desk, tag, query)).status).toBe(304);
  await change();
  const response = await ask(desk, tag, query);
  expect([response.status, response.headers.get("ETag")]).not.toEqual([304, tag]);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ items: (await desk.list(query)).items });
  expect(response.headers.get("ETag")).not.toBe(tag);
}

describe("a list is sent again after", () => {
  const COMMANDS: [name: string, path: string, body: unknown][] = [
    ["a note", "notes", { note: "n" }],
    ["a message", "messages", { body: "m", from: "agent" }],
    ["another status", "status", { new_status: "resolved" }],
  ];

  test.each(COMMANDS)("%s", async (_, path, body) => {
    const desk = await filledDesk();
    const { id } = await desk.create();
    await desk.deliverSent();
    await changes(desk, async () => {
      await desk.command(id, path, body);
      await desk.deliverSent();
    });
  });

  test("a new ticket, imported tickets, and a ticket that the filter does not show", async () => {
    const desk = await filledDesk();
    await changes(desk, async () => {
      await desk.create();
      await desk.deliverSent();
    });
    await changes(desk, () => filled(desk, 2, 99));
    // A tag is the workspace's: what changes elsewhere in it makes a list be read once more.
    await changes(desk, () => filled(desk, 2, 98), "?customer_id=none");
  });

  const sets = [
    "subject = subject || '!'",
    "tags = '[\"x\"]'",
    "waiting_since = 5",
    "has_note = 1 - has_note",
    "assignee_id = 'a'",
    "projector = 0",
  ];

  test.each(sets)("a row changed by hand: %s", async (set) => {
    const desk = await filledDesk();
    await changes(desk, () => byHand(`UPDATE read_tickets SET ${set} WHERE id = (SELECT max(id) FROM read_tickets)`));
  });

  test("search tables changed by hand, once they are mended", async () => {
    const desk = await filledDesk();
    const [ticket] = (await desk.list()).items;
    const [missing] = DAMAGES.filter(({ kind }) => kind === "search");
    await byHand(...(missing?.statements(ticket?.id ?? "", "default") ?? []));
    await changes(desk, () => operatorOf(desk).audited());
  });

  test.each(DAMAGES.filter(({ kind }) => kind !== "counter" && kind !== "search"))(
    "$name, and again after its repair",
    async ({ statements }) => {
      const desk = await filledDesk();
      const [ticket] = (await desk.list()).items;
      await changes(desk, () => byHand(...statements(ticket?.id ?? "", "default")));
      await changes(desk, () => operatorOf(desk).audited());
    },
  );

  test("all rows deleted, and brought back", async () => {
    const desk = await filledDesk();
    const before = await tagOf(desk);
    await changes(desk, () => byHand("DELETE FROM read_tickets"));
    await changes(desk, async () => {
      await operatorOf(desk).startRebuild();
      await desk.deliverSent();
    });
    expect((await ask(desk, before)).status).toBe(200);
  });

  test("a rebuild for a new projector", async () => {
    const desk = await filledDesk();
    const projection: Projection = { ...(ticketList as Projection), projector: ticketList.projector + 1 };
    const next = service({ projection });
    const before = await tagOf(desk);
    expect((await ask(next, before)).status).toBe(200);
    await changes(next, async () => {
      await next.sweep();
      await next.deliverSent();
    });
    // The same rows, as the deployment of before shows them.
    expect((await ask(desk, await tagOf(next))).status).toBe(200);
  });

  test("a row that moved to another workspace, in both", async () => {
    const desk = await filledDesk();
    const other = caller(desk, (await root(desk).makeKey({ workspace_id: "other" })).key);
    await other.post("/tickets", { customer_id: "c", subject: "s", message: "m" });
    await desk.deliverSent();
    const theirs = (await other.get("/tickets")).headers.get("ETag") ?? "";
    expect((await other.get("/tickets", { "If-None-Match": theirs })).status).toBe(304);
    await changes(desk, () =>
      byHand(
        "UPDATE read_tickets SET workspace_id = 'other' WHERE id = (SELECT max(id) FROM read_tickets WHERE workspace_id = 'default')",
      ),
    );
    expect((await other.get("/tickets", { "If-None-Match": theirs })).status).toBe(200);
  });
});

describe("revisions", () => {
  const revision = async (workspace = "default") =>
    await env.DB.prepare("SELECT max(revision) AS revision, count(*) AS n FROM read_revisions WHERE workspace_id = ?1")
      .bind(workspace)
      .first<{ revision: number | null; n: number }>();

  test("are one a workspace, and grow with each changed row, at least as time does", async () => {
    const desk = service();
    await desk.create();
    await desk.deliverSent();
    expect(await revision()).toEqual({ revision: desk.time.now, n: 1 });
    await filled(desk, 30);
    expect(await revision()).toEqual({ revision: desk.time.now + 30, n: 1 });
    desk.time.now += 60_000;
    const { id } = await desk.create();
    await desk.deliverSent();
    expect(await revision()).toEqual({ revision: desk.time.now, n: 1 });
    await desk.deliver([{ workspace_id: "default", ticket_id: id, version: 1 }]);
    expect(await revision()).toEqual({ revision: desk.time.now, n: 1 });
  });

  test("that somebody deletes: lists are sent without a tag until the next change, and no tag is ever given again", async () => {
    const desk = await filledDesk();
    const given = new Set([await tagOf(desk)]);
    for (let turn = 0; turn < 20; turn++) {
      await byHand("DELETE FROM read_revisions");
      for (const tag of given) expect((await ask(desk, tag)).status).toBe(200);
      expect((await desk.get("/tickets")).headers.get("ETag")).toBeNull();
      await byHand("UPDATE read_tickets SET note_count = note_count + 1 WHERE id = (SELECT max(id) FROM read_tickets)");
      const tag = await tagOf(desk);
      expect(given.has(tag)).toBe(false);
      given.add(tag);
    }
  });

  test("go on over an emptied read model: no tag of before is met while it fills again", async () => {
    const desk = await filledDesk();
    const before = await tagOf(desk);
    await byHand(...EMPTY_ALL);
    expect((await ask(desk, before)).status).toBe(503);
    expect((await ask(desk, "*")).status).toBe(503);
    await operatorOf(desk).startRebuild();
    while (desk.sent.length > 0) {
      await desk.deliver(desk.sent.splice(0, 1));
      expect([200, 503]).toContain((await ask(desk, before)).status);
    }
    expect((await ask(desk, before)).status).toBe(200);
  });
});

describe("before a list is called unchanged, its reader's token is met:", () => {
  const LATEST = { [TOKEN]: "latest" };

  test("what it names and the rows do not have yet is projected, and the list is sent", async () => {
    const desk = await filledDesk();
    const { id } = await desk.create();
    await desk.deliverSent();
    const tag = await tagOf(desk);
    const token = tokenOf(await desk.post(`/tickets/${id}/notes`, { note: "n" }));
    for (const given of [{ [TOKEN]: token }, LATEST]) {
      expect((await ask(desk, tag)).status).toBe(given === LATEST ? 200 : 304);
      const response = await ask(desk, tag, "", given);
      const { items } = await answered<Page>(response, 200);
      expect(items).toContainEqual(expect.objectContaining({ id, version: 2 }));
    }
  });

  test("and where they have it, the list is not sent", async () => {
    const desk = await filledDesk();
    const { id } = await desk.create();
    const token = tokenOf(await desk.post(`/tickets/${id}/notes`, { note: "n" }));
    await desk.deliverSent();
    const tag = await tagOf(desk);
    const unknown = formatToken(SEAL, { ...EMPTY_TOKEN, versions: new Map([[NOBODY, 7]]) }, 0);
    for (const given of [{ [TOKEN]: token }, LATEST, { [TOKEN]: unknown }]) {
      const response = await ask(desk, tag, "", given);
      expect(response.status).toBe(304);
      expect(tokenOf(response)).not.toBe(given[TOKEN]);
    }
  });

  test("a change that gets between looking and projecting is seen", async () => {
    const desk = await filledDesk();
    const { id } = await desk.create();
    await desk.deliverSent();
    const tag = await tagOf(desk);
    const token = tokenOf(await desk.post(`/tickets/${id}/notes`, { note: "n" }));
    let calls = 0;
    desk.hooks.before = async () => {
      // After Q1, which finds the tag to be the one and the token unmet: the consumer is first, so that Q3 writes nothing.
      if (++calls === 2) await desk.deliverSent();
    };
    const response = await ask(desk, tag, "", { [TOKEN]: token });
    desk.hooks.before = async () => {};
    const { items } = await answered<Page>(response, 200);
    expect(items).toContainEqual(expect.objectContaining({ id, version: 2 }));
    expect(calls).toBeGreaterThan(3);
  });

  test("what is parked is named: neither a tag nor a 304", async () => {
    const { desk } = poisoned();
    await filled(desk, 3);
    const tag = await tagOf(desk);
    const token = tokenOf(await desk.post("/tickets", { customer_id: "c", subject: "bad", message: "m" }));
    for (let attempt = 0; attempt < 10; attempt++) {
      desk.time.now += 3_600_000;
      await desk.sweep();
      await desk.deliverSent();
    }
    for (const tags of [tag, "*"]) {
      const response = await ask(desk, tags, "", { [TOKEN]: token });
      expect([response.status, response.headers.get("ETag")]).toEqual([200, null]);
      const page = await answered<Page & { stale?: string[] }>(response, 200);
      expect(page.items).toHaveLength(3);
      expect(page.stale).toHaveLength(1);
    }
    // Who has not seen it is not told.
    expect((await ask(desk, tag)).status).toBe(304);
  });
});

describe("a tag means nothing for", () => {
  test("another filter, limit, cursor or skip", async () => {
    const desk = await filledDesk();
    const { next_cursor } = await desk.list("?limit=5");
    const queries = [
      "",
      "?limit=5",
      "?limit=6",
      "?status=open",
      "?status=open&status=closed",
      "?has_note=true",
      "?has_note=false",
    ];
    const all = [
      ...queries,
      "?skip=1",
      "?skip=2",
      "?customer_id=cus-1",
      "?customer_id=cus-2",
      `?limit=5&cursor=${next_cursor}`,
    ];
    for (const one of all) {
      const tag = await tagOf(desk, one);
      for (const other of all)
        expect((await ask(desk, tag, other)).status, `${one} ${other}`).toBe(one === other ? 304 : 200);
    }
  });

  test("another workspace, whatever its rows are", async () => {
    const desk = service();
    const callers = [];
    for (const workspace_id of ["one", "two"])
      callers.push(caller(desk, (await root(desk).makeKey({ workspace_id })).key));
    for (const { post } of callers) await post("/tickets", { customer_id: "c", subject: "s", message: "m" });
    await desk.deliverSent();
    const [one, two] = callers;
    const tag = (await one?.get("/tickets"))?.headers.get("ETag") ?? "";
    expect((await one?.get("/tickets", { "If-None-Match": tag }))?.status).toBe(304);
    expect((await two?.get("/tickets", { "If-None-Match": tag }))?.status).toBe(200);
  });

  test("a ticket, or a page of its history; and a ticket's for a list", async () => {
    const desk = await filledDesk();
    const tag = await tagOf(desk);
    const [ticket] = (await desk.list()).items;
    const headers = { "If-None-Match": tag };
    for (const path of [`/tickets/${ticket?.id}`, `/tickets/${ticket?.id}/events`]) {
      expect((await root(desk).get(path, headers)).status).toBe(200);
    }
    expect((await ask(desk, '"v1"')).status).toBe(200);
  });
});

/** What {@link seal} makes of a value, of a text that need not be JSON. */
function sealedText(scope: unknown, text: string): string {
  const digest = digestOf(`${JSON.stringify(scope)}\n${text}`).subarray(0, 8);
  return Buffer.from([...digest, ...Buffer.from(text)]).toString("base64url");
}

test("a tag that is forged, cut or flipped is none, and never our fault", async () => {
  const desk = await filledDesk();
  const tag = await tagOf(desk);
  const inside = tag.slice(3, -1);
  const flipped = [...inside].map(
    (character, index) => `W/"${inside.slice(0, index)}${character === "A" ? "B" : "A"}${inside.slice(index + 1)}"`,
  );
  const cut = [...inside].map((_, index) => `W/"${inside.slice(0, index)}"`);
  const strange = [
    "",
    ",",
    '"',
    'W/"',
    '""',
    'W/""',
    "W/",
    inside,
    `'${inside}'`,
    '"%00"',
    `"${"A".repeat(8_000)}"`,
    `${'"a",'.repeat(2_000)}"b"`,
    "**",
    "*, *",
  ];
  const scope = ["tickets etag", ticketList.projector, "tickets", "updated_at desc", "default", {}, 20, null, 0];
  const [row] = (await env.DB.prepare("SELECT revision FROM read_revisions").all<{ revision: number }>()).results;
  // Nothing in a tag is secret: whoever makes one learns nothing that they could not ask for.
  const made = (value: unknown) => `W/"${SEAL.seal(scope, value)}"`;
  expect(made(row?.revision)).toBe(tag);
  const wrong = [
    -1,
    0,
    0.5,
    1e300,
    Number.MAX_SAFE_INTEGER + 2,
    Number.MAX_SAFE_INTEGER,
    "1",
    null,
    true,
    [1],
    {},
    [[[[]]]],
  ];
  const values = [...wrong.map(made), `W/"${sealedText(scope, "1e999")}"`, `W/"${sealedText(scope, "{")}"`];
  for (const one of [...flipped, ...cut, ...strange, ...values])
    expect((await ask(desk, one)).status, one.slice(0, 60)).toBe(200);
});
