import { describe, expect, test } from "vitest";
import { PREVIEW_LENGTH, preview, waitingSince } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { service } from "../service.ts";

describe("preview", () => {
  test.each([
    ["one line", "a\r\n\tb  c", "a b c"],
    ["trimmed", " \n a ", "a"],
    ["every white space that there is", "a\u00a0\u1680\u2003\u2028\u202f\u3000\ufeffb", "a b"],
    ["exactly as long as it may be", "x".repeat(PREVIEW_LENGTH), "x".repeat(PREVIEW_LENGTH)],
    ["cut", "x".repeat(PREVIEW_LENGTH + 1), `${"x".repeat(PREVIEW_LENGTH)}…`],
    ["counted in code points", "🎈".repeat(PREVIEW_LENGTH), "🎈".repeat(PREVIEW_LENGTH)],
    ["cut between code points", "🎈".repeat(PREVIEW_LENGTH + 1), `${"🎈".repeat(PREVIEW_LENGTH)}…`],
  ])("%s", (_, text, expected) => {
    expect(preview(text)).toBe(expected);
  });

  test("goes on where the text does", () => {
    expect(preview("all that was read", true)).toBe("all that was read…");
  });

  test("of a long text, and after long white space, comes out of the database the same", async () => {
    const desk = service();
    const texts = [
      `${"\n \u3000".repeat(3000)}after a silence`,
      `${"long ".repeat(5000)}`,
      `${"é".repeat(200_000 / 2)}`,
      "short",
    ];
    for (const message of texts) await desk.create({ message, customer_id: "previews" });
    await desk.deliverSent();
    const { items } = await desk.list("?customer_id=previews");
    const byId = items.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    expect(byId.map((item) => item.preview).toSorted()).toEqual(texts.map((text) => preview(text)).toSorted());
  });
});

test.each([
  ["open", 5, 5],
  ["pending", 5, 5],
  ["resolved", 5, null],
  ["closed", 5, null],
  ["open", null, null],
] as const)("on a %s ticket, unanswered since %s, a customer waits since %s", (status, unanswered_since, expected) => {
  expect(waitingSince({ status, unanswered_since })).toBe(expected);
});
