import type { Row } from "./answers.ts";
import { differenceOf, type EventLog, expectedRow } from "./history.ts";
import type { ListSeen, Violation } from "./ledger.ts";

/**
 * Holds each list that was answered to its reader's token, to its own `as_of`, and to the histories of the tickets on it.
 *
 * @param log all tickets, as they were some time after the lists
 */
export function checkLists(lists: readonly ListSeen[], log: EventLog): Violation[] {
  const customers = Map.groupBy(log, ([, events]) => expectedRow(events, 1)?.customer_id ?? "");
  return lists.flatMap((list) => {
    const shown = new Map(list.rows.map((row) => [row.id, row]));
    const whole = list.customer === undefined ? [...log] : (customers.get(list.customer) ?? []);
    return [
      ...overlooked(list, shown),
      ...(list.isWhole ? late(list, shown, new Map(whole)) : []),
      ...list.rows.flatMap((row) => neverWas(list, row, log)),
      ...(shown.size < list.rows.length ? [broken(list, "shows a ticket twice")] : []),
      ...list.stale.map((id) => broken(list, `calls ${id} stale, which is sound`)),
    ];
  });
}

/** Less than the token stands for. */
function overlooked(list: ListSeen, shown: ReadonlyMap<string, Row>): Violation[] {
  return [...list.expected].flatMap(([id, version]) => {
    const row = shown.get(id);
    // What is not on this page may be on one of the next.
    if (row === undefined && !list.isWhole) return [];
    if (row !== undefined && row.version >= version) return [];
    const instead = row === undefined ? `does not show ${id}` : `shows ${id} at version ${row.version}`;
    return [broken(list, `${instead}; its token stands for version ${version}`)];
  });
}

/** Less than what was recorded before `as_of`. */
function late(list: ListSeen, shown: ReadonlyMap<string, Row>, log: EventLog): Violation[] {
  return [...log].flatMap(([id, events]) => {
    const owed = events.filter(({ recorded_at }) => recorded_at < list.as_of).length;
    const version = shown.get(id)?.version ?? 0;
    if (version >= owed) return [];
    const promised = `${new Date(list.as_of).toISOString()} promises version ${owed}`;
    return [broken(list, `shows ${id} at version ${version}; its as_of ${promised}`)];
  });
}

function neverWas(list: ListSeen, row: Row, log: EventLog): Violation[] {
  const events = log.get(row.id) ?? [];
  const expected = row.version > events.length ? undefined : expectedRow(events, row.version);
  const difference = expected === undefined ? "there is no such version" : differenceOf(row, expected);
  return difference === undefined ? [] : [broken(list, `shows ${row.id} as it never was: ${difference}`)];
}

function broken({ client, customer }: ListSeen, what: string): Violation {
  return { kind: "list", detail: `a list of ${client}${customer === undefined ? "" : ` for ${customer}`} ${what}` };
}
