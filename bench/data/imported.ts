import { v7 } from "uuid";
import type { Change } from "../../src/commands/event-store.ts";
import { importTicket } from "../../src/commands/import-line.ts";
import { ROOT_WORKSPACE } from "../../src/http/middleware/authenticate.ts";
import { Random } from "./random.ts";
import { ticketAt } from "./tickets.ts";

/** Another sequence than that of the ticket's texts. */
const SEED = 11;

/** The ticket of a number with its events, as the service's own import decides them; its ids are always the same. */
export function importedAt(index: number): Change {
  const line = ticketAt(index);
  const random = new Random(SEED, index);
  const bytes = new Uint8Array(16);
  const newId = () => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.bits() >>> 24;
    return v7({ msecs: line.created_at, random: bytes });
  };
  return importTicket(line, ROOT_WORKSPACE, newId);
}
