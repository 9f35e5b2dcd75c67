import { beforeAll, describe, expect, test } from "vitest";
import { generateLines, ndjson, random } from "../oracle/lines.ts";
import { expectedItem, expectedList, type Wanted } from "../oracle/ticket-list.ts";
import { answered, type Page, service } from "../service.ts";

const STATUSES = ["open", "pending", "resolved", "closed"];
const lines = generateLines(1_200, 7);
const desk = service();
let expected: (ReturnType<typeof expectedItem> & { id: string })[];

beforeAll(async () => {
  for (let start = 0; start < lines.length; start += 400) {
    const body = ndjson(lines.slice(start, start + 400));
    expect(await answered(await desk.post("/tickets/import", body, "application/x-ndjson"), 200)).toMatchObject({
      taken: 400,
      refused: [],
    });
  }
  await desk.deliverSent();
  const ids = new Map((await walk("limit=100")).map(({ id, external_id }) => [external_id, id]));
  expected = lines.map((line) => ({ ...expectedItem(line), id: ids.get(line.external_id) ?? "missing" }));
});

/** All pages of a list, by their cursors. */
async function walk(query: string, meanwhile: (page: Page) => Promise<void> = async () => {}) {
  const items: Page["items"] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await desk.list(`?${query}${cursor ? `&cursor=${cursor}` : ""}`);
    items.push(...page.items);
    await meanwhile(page);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

function queryOf({ status = [], has_note, customer_id }: Wanted): string {
  return [
    ...status.map((one) => `status=${one}`),
    ...(has_note === undefined ? [] : [`has_note=${has_note}`]),
    ...(customer_id === undefined ? [] : [`customer_id=${customer_id}`]),
  ].join("&");
}

describe("a list equals the plain computation, row for row", () => {
  const statusSets = Array.from({ length: 16 }, (_, bits) => STATUSES.filter((_, index) => bits & (1 << index)));
  const wishes = statusSets.flatMap((status) =>
    [undefined, true, false].map((has_note): Wanted => ({ status, ...(has_note !== undefined && { has_note }) })),
  );

  test.each(wishes)("%j", async (wanted) => {
    expect(await walk(`limit=97&${queryOf(wanted)}`)).toEqual(expectedList(expected, wanted));
  });

  test("of one customer, with every other filter", async () => {
    const next = random(3);
    for (let run = 0; run < 60; run++) {
      const wanted = { ...wishes[run % wishes.length], customer_id: `cus-${Math.floor(next() * 42)}` };
      const limit = 1 + Math.floor(next() * 30);
      expect(await walk(`limit=${limit}&${queryOf(wanted)}`)).toEqual(expectedList(expected, wanted));
    }
  });

  test("the data has what makes lists go wrong", () => {
    // What would reopen a ticket, or be refused, were it a command.
    const late = lines.filter(({ status_at = Number.POSITIVE_INFINITY, messages }) =>
      messages.some(({ from, created_at }) => from === "customer" && created_at > status_at),
    );
    expect(new Set(late.map(({ status }) => status)).size).toBe(4);
    expect(new Set(expected.map(({ status }) => status)).size).toBe(4);
    expect(new Set(expected.map(({ updated_at }) => updated_at)).size).toBeLessThan(expected.length / 2);
    expect(lines.some(({ created_at, messages }) => messages.some((message) => message.created_at < created_at))).toBe(
      true,
    );
  });
});

test("pages by skip are the same pages", async () => {
  const wanted = { status: ["open", "closed"] };
  const all = expectedList(expected, wanted);
  for (const skip of [0, 1, 19, 20, all.length - 1, all.length, 10_000]) {
    const page = await desk.list(`?${queryOf(wanted)}&skip=${skip}&limit=20`);
    expect(page.items).toEqual(all.slice(skip, skip + 20));
    expect(page.next_cursor === null).toBe(skip + 20 >= all.length);
  }
});

test("a repeated status, or all of them, is the same list; its cursors go on with it", async () => {
  const page = await desk.list("?status=closed&status=open&status=open&limit=5");
  expect((await desk.list(`?status=open&status=closed&cursor=${page.next_cursor}&limit=5`)).items).toEqual(
    expectedList(expected, { status: ["open", "closed"] }).slice(5, 10),
  );
});

// Last: it changes tickets.
test("a walk gives every ticket once, also while tickets that it has passed change", async () => {
  const walked = await walk("limit=100", async ({ items }) => {
    const [passed, other] = items;
    for (const ticket of [passed, other]) {
      if (ticket) await desk.command(ticket.id, "notes", { note: "seen" });
    }
    await desk.deliverSent();
  });
  expect(walked).toEqual(expectedList(expected, {}));
});
