import { describe, expect, test } from "vitest";
import { text } from "../../src/commands/schemas.ts";

/** What is wrong with a value. */
const errorsOf = (schema: ReturnType<typeof text>, value: string) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe("a text", () => {
  // Two UTF-16 units, four bytes, one character.
  const emoji = "🎉".repeat(10);

  test("is measured in characters: code points, whatever their bytes and UTF-16 units", () => {
    expect(errorsOf(text({ characters: 10 }), emoji)).toEqual([]);
    expect(errorsOf(text({ characters: 10 }), "ä".repeat(10))).toEqual([]);
    expect(errorsOf(text({ characters: 9 }), emoji)).toEqual(["must not be longer than 9 characters"]);
  });

  test("is measured in bytes of UTF-8, if its limit is in bytes", () => {
    expect(errorsOf(text({ bytes: 40 }), emoji)).toEqual([]);
    expect(errorsOf(text({ bytes: 39 }), emoji)).toEqual(["must not be longer than 39 bytes of UTF-8"]);
  });

  test.each([
    ["\u200b", "must not be blank"],
    ["a\0", "must not contain NUL (U+0000)"],
    ["a\ud800", "must not contain a lone surrogate"],
  ])("%j has one error, also if it is too long", (value, error) => {
    expect(errorsOf(text({ characters: 0 }), value)).toEqual([error]);
  });
});
