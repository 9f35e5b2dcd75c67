import { counted, duration, figure } from "../console.ts";
import { oneLine } from "../local/run.ts";
import { commandFor } from "./paste.ts";
import { columns, type Session } from "./session.ts";
import { table } from "./table.ts";
import { ahead } from "./times.ts";

const HEADERS = ["ticket", "version", "tries", "parked for", "next in", "error"];

/** Lists the parked tickets, the longest parked first. */
export async function listParked({ client, reporter, target }: Session): Promise<number> {
  const parked = await client.parked();
  const { items, total } = parked;
  const now = Date.now();
  const rows = items.map(({ ticket_id, version, attempts, parked_at, next_attempt_at, error }) => [
    oneLine(ticket_id),
    figure(version),
    figure(attempts),
    parked_at === null ? "-" : duration(now - Date.parse(parked_at)),
    ahead(next_attempt_at, now),
    oneLine(error || "-"),
  ]);
  const shown = items.length < total ? `, the first ${figure(items.length)} of them above` : "";
  const lines = [
    ...table(HEADERS, rows, columns()),
    "",
    `${counted(total, "ticket")} parked${shown}. To retry one at once, or send all to the queue:`,
    `  ${commandFor(target, "retry TICKET_ID")}`,
    `  ${commandFor(target, "retry --all")}`,
  ];
  reporter.tell("parked", parked, total === 0 ? ["No ticket is parked"] : lines);
  return 0;
}
