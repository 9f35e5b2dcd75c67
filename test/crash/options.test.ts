import { expect, test } from "vitest";
import { readOptions } from "./options.ts";

test("twenty cycles and a new seed, unless the caller says otherwise", () => {
  expect(readOptions([])).toEqual({ cycles: 20, seed: expect.any(Number), json: false });
  expect(readOptions(["--cycles", "3", "--seed", "7", "--json"])).toEqual({ cycles: 3, seed: 7, json: true });
  expect(readOptions(["--help"])).toBeUndefined();
});

test.each([
  [["--cycles", "0"]],
  [["--cycles", "many"]],
  [["--seed", "-1"]],
  [["--seed", "4294967296"]],
  [["--unknown"]],
  [["surplus"]],
])("a wrong call: %j", (args) => {
  expect(() => readOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
