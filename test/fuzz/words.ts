import { inspect } from "node:util";
import { figure } from "../../scripts/console.ts";
import type { Failure } from "./chunk.ts";
import type { FuzzResult } from "./run.ts";

/** What of a text is shown: some inputs have a megabyte. */
const SHOWN_CHARACTERS = 1_000;

/** A failure for somebody to read. */
export function failureLines({ request, broken }: Failure): string[] {
  const { operation, hostile, caller, method, target, headers, body } = request;
  return [
    `${operation}, hostile: ${hostile}, caller: ${caller}`,
    ...broken.map((promise) => `  - ${promise}`),
    `  ${method} ${shown(target)}`,
    ...headers.map(([name, value]) => `  ${name}: ${shown(value)}`),
    ...(body === undefined ? [] : [`  ${shown(body)}`]),
  ];
}

function shown(value: string | Uint8Array): string {
  const text = inspect(value, {
    maxStringLength: SHOWN_CHARACTERS,
    maxArrayLength: 100,
    breakLength: Number.POSITIVE_INFINITY,
  });
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value) && value.length <= SHOWN_CHARACTERS ? value : text;
}

/** The figures of a run: each operation with its inputs, those that were taken, and those that were refused. */
export function resultLines({ operations }: FuzzResult): string[] {
  const rows = Object.entries(operations)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, statuses]) => {
      const times = (isCounted: (status: number) => boolean) =>
        Object.entries(statuses).reduce((sum, [status, count]) => (isCounted(Number(status)) ? sum + count : sum), 0);
      const taken = times((status) => status < 400);
      return [name, figure(times(() => true)), figure(taken), figure(times((status) => status >= 400))] as const;
    });
  const table = [["operation", "inputs", "taken", "refused"] as const, ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}
