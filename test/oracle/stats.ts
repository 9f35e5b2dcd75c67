/** What `GET /stats` must say of these entries of the list, by counting them one by one. Nothing of `src` is used. */

/** What is counted of an entry. */
interface Counted {
  readonly id: string;
  readonly status: string;
  readonly priority: string;
  readonly assignee_id: string | null;
  readonly waiting_since: string | null;
  readonly first_replied_at: string | null;
}

/** @param shown the ticket that is shown as the one that waits longest: of several since one moment, any may be */
export function expectedStats(items: readonly Counted[], shown: string | undefined) {
  const waiting = items.flatMap(({ id, waiting_since: since }) => (since === null ? [] : [{ id, since }]));
  const [first] = waiting.map(({ since }) => since).sort();
  const oldest = waiting.filter(({ since }) => since === first);
  const named = [...new Set(items.map(({ assignee_id }) => assignee_id))]
    .filter((id) => id !== null)
    .sort(inOrderOfJson);
  const nobody = items.some(({ assignee_id }) => assignee_id === null) ? [null] : [];
  return {
    by_status: numbers(items),
    by_priority: Object.fromEntries(
      ["low", "normal", "high", "urgent"].map((name) => [name, numbers(items.filter((one) => one.priority === name))]),
    ),
    by_assignee: [...nobody, ...named].map((assignee_id) => ({
      assignee_id,
      ...numbers(items.filter((one) => one.assignee_id === assignee_id)),
    })),
    next_cursor: null,
    unassigned: items.filter((one) => one.assignee_id === null).length,
    waiting: items.filter((one) => one.waiting_since !== null).length,
    unreplied: items.filter((one) => one.first_replied_at === null).length,
    oldest_waiting: oldest.find(({ id }) => id === shown) ?? oldest[0] ?? null,
  };
}

function numbers(items: readonly Counted[]) {
  const of = (status: string) => items.filter((one) => one.status === status).length;
  const each = { open: of("open"), pending: of("pending"), resolved: of("resolved"), closed: of("closed") };
  return { ...each, total: items.length };
}

/** The order of agents: by the bytes of their ids as JSON writes them. */
export function inOrderOfJson(one: string, other: string): number {
  const [a, b] = [one, other].map((id) => new TextEncoder().encode(JSON.stringify(id)));
  const differs = a?.findIndex((byte, index) => byte !== b?.[index]) ?? -1;
  return (a?.[differs] ?? -1) - (b?.[differs] ?? -1);
}
