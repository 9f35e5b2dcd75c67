import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, generateClient } from "./generated.ts";

// `test/e2e/start.test.ts` runs the program, too.

let folder = "";
beforeAll(async () => {
  folder = await generateClient();
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a client that a public generator makes from the document compiles, with a program that uses it", async () => {
  await compile(folder);
});

test("and finds each of the program's mistakes", async () => {
  const program = join(folder, "program.ts");
  const text = readFileSync(program, "utf8");
  const mistakes = text.split("// @ts-expect-error").length - 1;
  writeFileSync(program, text.replaceAll("// @ts-expect-error", "//"));
  const words = await compile(folder).then(
    () => "",
    (error: Error) => error.message,
  );
  writeFileSync(program, text);
  expect(words.match(/^.*program\.ts.*error TS/gmu)).toHaveLength(mistakes);
});
