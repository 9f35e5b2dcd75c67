import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** A command and an event that nothing handles. */
const VARIANTS = [
  {
    file: "src/domain/decide.ts",
    union: "export type ChangeTicket =\n",
    variant: '  | { readonly type: "SnoozeTicket"; readonly until: number }\n',
  },
  {
    file: "src/domain/events.ts",
    union: "export type TicketFact =\n",
    variant: '  | { readonly type: "ticket.snoozed"; readonly until: number }\n',
  },
];

/** The places that handle every command or event, by the source line that the compiler complains about. */
const PLACES = [
  ["src/domain/decide.ts", "const ADDS_TEXT:"],
  ["src/domain/decide.ts", "return command satisfies never;"],
  ["src/domain/events.ts", "export const EVENTS:"],
  ["src/domain/ticket.ts", "export function evolve("],
  ["src/http/schemas/commands.ts", "} as const satisfies {"],
];

test("the compiler names every place that does not handle a new command or event", () => {
  const folder = mkdtempSync(join(tmpdir(), "edgedesk-exhaustive-"));
  try {
    for (const name of ["src", "tsconfig.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
    const include = [...new Set(PLACES.map(([file]) => file))];
    writeFileSync(join(folder, "tsconfig.places.json"), JSON.stringify({ extends: "./tsconfig.json", include }));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    for (const { file, union, variant } of VARIANTS) {
      const path = join(folder, file);
      const text = readFileSync(path, "utf8");
      expect(text.split(union), file).toHaveLength(2);
      writeFileSync(path, text.replace(union, union + variant));
    }
    const found = errorsIn(folder);
    for (const [file, line] of PLACES) {
      expect(found).toContainEqual(expect.objectContaining({ file, line: expect.stringContaining(line ?? "") }));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface CompilerError {
  readonly file: string;
  /** The source line that the error points to. */
  readonly line: string;
  readonly message: string;
}

function errorsIn(folder: string): CompilerError[] {
  const { stdout } = spawnSync(
    join(root, "node_modules/.bin/tsc"),
    ["-p", "tsconfig.places.json", "--pretty", "false"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  return [...stdout.matchAll(/^(.+?)\((\d+),\d+\): (error .*)$/gm)].map(([, file = "", number, message = ""]) => {
    const line = readFileSync(join(folder, file), "utf8").split("\n")[Number(number) - 1] ?? "";
    return { file, line, message };
  });
}
