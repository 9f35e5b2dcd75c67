import { expect, test } from "vitest";
import { Refusal } from "../../src/domain/refusal.ts";
import { decodeCursor, encodeCursor } from "../../src/queries/cursor.ts";
import { SEAL } from "../access.ts";

const scope = ["tickets", "default"];
const kinds = ["number", "text"] as const;

test("a cursor opens with its own scope, and is what it was", () => {
  expect(decodeCursor(SEAL, scope, encodeCursor(SEAL, scope, [5, "a"]), kinds)).toEqual([5, "a"]);
  expect(() => decodeCursor(SEAL, ["tickets", "other"], encodeCursor(SEAL, scope, [5, "a"]), kinds)).toThrow(Refusal);
});

test("every changed or cut character is noticed", () => {
  const cursor = encodeCursor(SEAL, scope, [1_795_420_800_000, "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"]);
  for (let at = 0; at < cursor.length; at++) {
    const other = cursor[at] === "A" ? "B" : "A";
    const changed = `${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`;
    expect(() => decodeCursor(SEAL, scope, changed, kinds)).toThrow(Refusal);
    expect(() => decodeCursor(SEAL, scope, cursor.slice(0, at), kinds)).toThrow(Refusal);
  }
});

// The digest has no secret: whoever knows how can make a cursor of anything.
test.each([[[]], [[5]], [["a", 5]], [[5, "a", "b"]], [[5.5, "a"]], [["5", "a"]]])(
  "a forged position is refused: %j",
  (position) => {
    expect(() => decodeCursor(SEAL, scope, encodeCursor(SEAL, scope, position), kinds)).toThrow(Refusal);
  },
);
