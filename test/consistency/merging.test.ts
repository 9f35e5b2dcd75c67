import { beforeEach, describe, expect, test } from "vitest";
import { tokenAfter } from "../../src/http/headers/consistency-token.ts";
import { EMPTY_TOKEN, formatToken, mergeTokens, type Token } from "../../src/projection/consistency/token.ts";
import { SEAL } from "../access.ts";
import { emptyTables, service } from "../service.ts";
import { clientOf, inside, TOKEN } from "./client.ts";

const [EARLIER, LATER] = ["00000001-00000001", "ffffffff-ffffffff"];
const ID = "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b";
const token = (fields: Partial<Token>): Token => ({ ...EMPTY_TOKEN, ...fields });

describe("merged tokens", () => {
  test.each([
    [3, 7, 7],
    [7, 3, 7],
    [null, 0, 0],
    [0, null, 0],
    [null, null, null],
  ])("of the events %s and %s stand for %s", (one, other, both) => {
    expect(mergeTokens(token({ seq: one }), token({ seq: other })).seq).toBe(both);
  });

  test.each([
    [EARLIER, LATER, LATER],
    [LATER, EARLIER, LATER],
    [null, EARLIER, EARLIER],
    [EARLIER, null, EARLIER],
  ])("with the bookmarks %s and %s have %s", (one, other, both) => {
    expect(mergeTokens(token({ bookmark: one }), token({ bookmark: other })).bookmark).toBe(both);
  });

  test("have the higher version of each ticket", () => {
    const versions = (version: number) => token({ versions: new Map([[ID, version]]) });
    expect(mergeTokens(versions(3), versions(2)).versions).toEqual(new Map([[ID, 3]]));
    expect(mergeTokens(versions(2), versions(3)).versions).toEqual(new Map([[ID, 3]]));
  });
});

describe("a reader's later bookmark stays", () => {
  beforeEach(emptyTables);

  test("in the token after a command, whether it wrote or not", () => {
    const snapshot = { newest_seq: 9, behind: "[]", seq_behind: 0, recorded_at: 0 };
    for (const wrote of [true, false]) {
      const outcome = { answer: undefined, replayed: false, wrote, snapshot, bookmark: EARLIER };
      expect(tokenAfter(token({ bookmark: LATER }), outcome).bookmark).toBe(LATER);
      expect(tokenAfter(token({ bookmark: null }), outcome).bookmark).toBe(EARLIER);
    }
  });

  test("in the token of every answer", async () => {
    const desk = service();
    const { get, post } = clientOf(desk);
    const { id } = await desk.create();
    await desk.deliverSent();
    const given = { [TOKEN]: formatToken(SEAL, token({ bookmark: LATER }), 0) };
    const ticket = { customer_id: "c", subject: "s", message: "m" };
    const answers = [
      await post("/tickets", ticket, given),
      await post("/tickets", ticket, { ...given, "Idempotency-Key": "k" }),
      await post("/tickets", ticket, { ...given, "Idempotency-Key": "k" }),
      await post(`/tickets/${id}/notes`, { note: "n" }, given),
      await post(`/tickets/${id}/status`, { new_status: "open" }, given),
      await post("/tickets/bulk", { ids: [id], command: { type: "SetTags", tags: ["a"] } }, given),
      await get(`/tickets/${id}`, given),
      await get("/tickets", given),
      await get("/stats", given),
    ];
    expect(answers.map((answer) => inside(answer).bookmark)).toEqual(answers.map(() => LATER));
  });
});
