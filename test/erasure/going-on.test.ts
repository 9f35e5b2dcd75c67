import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { caller } from "../http/callers.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { count, erase, imported, mergeIndexes } from "./desk.ts";
import { everything, tablesWith } from "./everything.ts";

beforeEach(emptyTables);

describe("a customer with more tickets than one request erases", () => {
  test("is answered 202, and the rest follows by itself, also where the worker ends after the answer", async () => {
    const works: Promise<unknown>[] = [];
    const desk = service({ waitUntil: (work) => void works.push(work.catch(() => {})) });
    await imported(desk, 2_300, "zqcus");
    await desk.deliverSent();
    let isOver = false;
    desk.hooks.before = async () => {
      if (isOver) throw new Error("the worker is gone");
    };
    const answer = await caller(desk, KEY).delete("/customers/zqcus");
    isOver = true;
    await Promise.all(works);
    expect(await answered(answer, 202)).toEqual({ erased: 2_000, remaining: 300 });
    isOver = false;
    desk.time.now += 60_000;
    await desk.sweep();
    expect(await count("tickets WHERE erased_at IS NOT NULL")).toBe(2_300);
    await mergeIndexes(desk);
    const all = await everything();
    for (const word of ["zqcus", "zqext", "zqsubject", "zqmessage"]) expect(tablesWith(all, word)).toEqual([]);
  });

  test("keeps the tickets that are created while it runs, and after it", async () => {
    const desk = service();
    await imported(desk, 300, "zqcus");
    let created: { id: string } | undefined;
    desk.hooks.after = async (statements) => {
      if (created || !statements.some((sql) => sql.includes("UPDATE ticket_events"))) return;
      desk.hooks.after = async () => {};
      created = await desk.create({ customer_id: "zqcus", subject: "meanwhile" });
    };
    expect(await erase(desk, "zqcus")).toEqual({ erased: 300, remaining: 0 });
    expect(await answered(await desk.get(`/tickets/${created?.id}`), 200)).toMatchObject({
      subject: "meanwhile",
      version: 1,
    });
    const { id } = await desk.create({ customer_id: "zqcus", subject: "after" });
    await desk.sweep();
    expect(await answered(await desk.get(`/tickets/${id}`), 200)).toMatchObject({
      subject: "after",
      customer_id: "zqcus",
    });
    expect(await erase(desk, "zqcus")).toEqual({ erased: 2, remaining: 0 });
  });
});

test("what an erasure costs grows with the customer's tickets and events, not with those of others", async () => {
  const desk = service();
  await imported(desk, 1_000, "others");
  await imported(desk, 10, "mine");
  await desk.deliverSent();
  desk.calls.length = 0;
  await erase(desk, "mine");
  const total = (what: "rows_read" | "rows_written") => desk.calls.reduce((sum, call) => sum + call[what], 0);
  const merging = desk.calls.filter(({ statements }) => statements.some((sql) => sql.includes("search_purges")));
  expect(desk.calls.length - merging.length).toBeLessThanOrEqual(10);
  expect(total("rows_read")).toBeLessThanOrEqual(10 * 40 + 200);
  expect(total("rows_written")).toBeLessThanOrEqual(10 * 20 + 20);
});

/** A projector that does this for every ticket, where it is told to. */
function projectorThat(act: () => void, isOn: () => boolean): Projection {
  const sound: Projection = ticketList;
  return {
    ...sound,
    project: (source: Projected) => {
      if (isOn()) act();
      return sound.project(source);
    },
  };
}

test("an erased ticket that cannot be projected shows nothing, is parked, and is projected when it can be", async () => {
  const state = { isBad: false };
  const projection = projectorThat(
    () => {
      throw new Error("this ticket cannot be projected");
    },
    () => state.isBad,
  );
  const desk = service({ projection });
  const { id } = await desk.create({
    customer_id: "zqcus",
    subject: "zqsubject",
    message: "zqmessage",
    tags: ["zqtag"],
  });
  await desk.deliverSent();
  state.isBad = true;
  await desk.command(id, "status", { new_status: "pending" });
  await erase(desk, "zqcus");
  const hidden = async ({ inIndexes }: { inIndexes: boolean }) => {
    const all = (await everything()).filter(({ table }) => inIndexes || !table.endsWith("_data"));
    for (const word of ["zqcus", "zqsubject", "zqmessage", "zqtag"]) expect(tablesWith(all, word)).toEqual([]);
  };
  await hidden({ inIndexes: false });
  for (let minutes = 0; minutes < 30; minutes++) {
    desk.time.now += 60_000;
    await desk.sweep();
    await desk.deliverSent();
  }
  expect(await count("projection_backlog WHERE parked_at IS NOT NULL")).toBe(1);
  // As of its last projection, but for the texts.
  expect((await desk.list()).items).toMatchObject([
    { id, subject: null, preview: "", tags: [], status: "open", version: 1 },
  ]);
  await hidden({ inIndexes: true });
  state.isBad = false;
  await answered(await caller(desk, KEY).ask("POST", `/projections/parked/${id}/retry`), 200);
  expect((await desk.list()).items).toMatchObject([{ id, subject: null, status: "pending", version: 3 }]);
});

test("an error of a projection that tells of the ticket goes with it", async () => {
  const state = { isBad: true };
  const projection = projectorThat(
    () => {
      throw new Error("cannot project zqsubject");
    },
    () => state.isBad,
  );
  const desk = service({ projection });
  await desk.create({ customer_id: "zqcus", subject: "zqsubject" });
  await desk.deliverSent();
  expect(tablesWith(await everything(), "zqsubject")).toContain("projection_backlog");
  await erase(desk, "zqcus");
  expect(tablesWith(await everything(), "zqsubject")).toEqual([]);
});

test("the search tables let go of the words, in their indexes, too", async () => {
  const desk = service();
  await imported(desk, 40, "somebody");
  const { id } = await desk.create({
    customer_id: "zqcus",
    subject: "zqsubject zqxylophonist",
    message: "zqoneiromancy",
  });
  await desk.command(id, "notes", { note: "zqquixotically" });
  await desk.deliverSent();
  // An index writes only what the word before it has not.
  const ends = ["lophonist", "eiromancy", "ixotically"];
  const indexes = ["read_by_created_data", "read_by_updated_data", "read_by_waiting_data"];
  const where = async () => {
    const all = await everything();
    return ends.map((end) =>
      tablesWith(all, end)
        .filter((table) => table.endsWith("_data"))
        .toSorted(),
    );
  };
  expect(await where()).toEqual(ends.map(() => indexes));
  // Where nothing is erased, nothing is merged.
  desk.calls.length = 0;
  await erase(desk, "nobody");
  expect(desk.calls.some(({ statements }) => statements.some((sql) => sql.includes("'merge'")))).toBe(false);
  const deleted: string[][][] = [];
  desk.hooks.before = async (statements) => {
    if (deleted.length === 0 && statements.some((sql) => sql.includes("'merge'"))) deleted.push(await where());
  };
  await erase(desk, "zqcus");
  expect(deleted).toEqual([]);
  await mergeIndexes(desk);
  desk.hooks.before = async () => {};
  // Deleted is not gone.
  expect(deleted).toEqual([ends.map(() => indexes)]);
  expect(await where()).toEqual(ends.map(() => []));
  expect(await count("search_purges")).toBe(0);
  await desk.deliverSent();
  expect(await where()).toEqual(ends.map(() => []));
});
