import { EMPTY_TOKEN } from "../../../src/projection/consistency/token.ts";
import { listTickets, type TicketListItem } from "../../../src/queries/read-model/list.ts";
import { expectedItem, type Line } from "../../oracle/ticket-list.ts";
import { WORKSPACE } from "../world.ts";
import type { Stage } from "./stage.ts";

/** All tickets with their versions, as the source has them. */
export function versionsNow(stage: Stage): ReadonlyMap<string, number> {
  const rows = stage.world.d1.peek<{ id: string; version: number }>("SELECT id, version FROM tickets");
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** The oracle of imports: each line is one ticket, exactly once, and shown as plain computation wants it. */
export async function checkImported(stage: Stage, lines: readonly Line[]): Promise<void> {
  const { d1 } = stage.world;
  const { ledger } = stage;
  const expected = new Map(lines.map((line) => [line.external_id, expectedItem(line)]));
  const shown = await allItems(stage);
  for (const { id: _, ...item } of shown) {
    const wanted = expected.get(item.external_id ?? "");
    if (!wanted) ledger.violated(`${item.external_id} is shown twice, or was never imported`);
    else if (!sameFields(item, wanted)) ledger.violated(`${item.external_id} is shown as ${JSON.stringify(item)}`);
    expected.delete(item.external_id ?? "");
  }
  if (expected.size > 0) ledger.violated(`${expected.size} imported tickets are not shown`);
  const count = (sql: string) => d1.peek<{ count: number }>(`SELECT (SELECT ${sql}) AS count`)[0]?.count;
  if (count("count(*) FROM tickets") !== lines.length) ledger.violated("there are more tickets than lines");
  const events = lines.reduce((sum, line) => sum + expectedItem(line).version, 0);
  if (count("count(*) FROM ticket_events") !== events) ledger.violated("there are more events than the lines tell of");
  if (count("seq FROM db_clock") !== count("max(seq) FROM ticket_events"))
    ledger.violated("db_clock is not at the log's end");
  if (count("count(*) FROM projection_backlog") !== 0) ledger.violated("the backlog is not empty");
  for (const { client, items, stale, expected: owed } of ledger.lists) {
    const versions = new Map(items.map(({ id, version }) => [id, version]));
    const late = [...owed].filter(([id, version]) => (versions.get(id) ?? 0) < version);
    if (late.length > 0 || stale.length > 0) ledger.violated(`a list of ${client} is stale`);
  }
}

async function allItems(stage: Stage): Promise<TicketListItem[]> {
  const items: TicketListItem[] = [];
  let cursor: string | undefined;
  do {
    const request = {
      workspace_id: WORKSPACE,
      filters: { status: [], has_note: undefined, customer_id: undefined },
      limit: 100,
      skip: 0,
      cursor,
      expectation: { token: EMPTY_TOKEN, latest: true, wait: 0 },
    };
    await stage.invoke("the oracle lists", async (deps) => {
      const { page } = await listTickets(deps, request);
      items.push(...(page?.items ?? []));
      cursor = page?.next_cursor ?? undefined;
    });
  } while (cursor !== undefined && items.length < 1_000);
  return items;
}

function sameFields(item: object, wanted: object): boolean {
  const fields = new Map(Object.entries(item));
  return Object.entries(wanted).every(([field, value]) => JSON.stringify(fields.get(field)) === JSON.stringify(value));
}
