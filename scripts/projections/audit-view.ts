import { duration, figure } from "../console.ts";
import { oneLine } from "../local/run.ts";
import type { Result } from "./round.ts";
import { columns } from "./session.ts";
import { table } from "./table.ts";

const MAX_EXAMPLES = 10;

/** A table of the differences that were found and healed, by kind; empty without differences. */
export function kindLines(title: string, kinds: Result["kinds"]): string[] {
  const rows = kinds.map(({ kind, found, healed }) => [oneLine(kind), figure(found), figure(healed)]);
  return rows.length === 0 ? [] : ["", ...table([title, "found", "healed"], rows, Number.POSITIVE_INFINITY)];
}

/** The latest examples, one a line. `now` is milliseconds since 1970. */
export function exampleLines(examples: Result["examples"], now: number): string[] {
  if (examples.length === 0) return [];
  const rows = examples
    .slice(0, MAX_EXAMPLES)
    .map(({ kind, ticket_id, detail, found_at, healed_at }) => [
      oneLine(kind),
      oneLine(ticket_id ?? "-"),
      duration(now - Date.parse(found_at)),
      healed_at === null ? "not yet" : "yes",
      oneLine(detail),
    ]);
  const rest = examples.length - rows.length;
  return [
    "",
    ...table(["kind", "ticket", "ago", "healed", "difference"], rows, columns()),
    ...(rest > 0 ? [`… and ${figure(rest)} more: use --json`] : []),
  ];
}
