import type { Ticket, View } from "../../oracle/views.ts";
import type { Comparison } from "./compare.ts";
import { everyFilter, type Filter, idsOf, passedBy } from "./filters.ts";

/** Every order but that by relevance, which is for searches. */
export const ORDERS: readonly [View, ...View[]] = [
  {},
  { direction: "asc" },
  { sort: "created_at" },
  { sort: "created_at", direction: "asc" },
  { sort: "waiting_since" },
  { sort: "waiting_since", direction: "desc" },
];

/** How much of what there is is compared. */
export interface Extent {
  /** Whether every list is walked to its end in every order, or some of them, with looks into the others. */
  readonly isWhole: boolean;
  /** One of so many tickets is looked for by its ids. */
  readonly idsOfOneIn: number;
  /** Times that each pair of filters is given. */
  readonly pairs: number;
  readonly searches: number;
}

/** No filter, and each of them with each of its values, in every order. */
export async function compareSingles(
  comparison: Comparison,
  tickets: readonly Ticket[],
  { isWhole, idsOfOneIn }: Extent,
) {
  const filters: Filter[] = [{ name: "none", view: {} }, ...everyFilter(tickets)];
  for (const [index, { view }] of filters.entries()) {
    for (const [way, order] of ORDERS.entries()) {
      // Of many values of a filter, one after the other has its turn in an order.
      if (!isWhole && index > 0 && (index + way) % 2 === 0) continue;
      const whole = isWhole || index === 0 || index % (4 * ORDERS.length) === way + 1;
      const limit = whole ? 100 : comparison.pick([1, 2, 7, 99]);
      const size = await comparison.list({ ...view, ...order }, whole ? { limit } : { limit, pages: 2 });
      if (size <= 20 || (!isWhole && index % 3 > 0)) continue;
      // Deep in it, with the page that nobody named the size of.
      await comparison.list({ ...view, ...order }, { skip: comparison.below(Math.min(size, 10_000)), pages: 1 });
    }
  }
  const byCustomer = Map.groupBy(tickets, ({ item }) => item.customer_id);
  for (let index = comparison.below(idsOfOneIn); index < tickets.length; index += idsOfOneIn) {
    const ticket = tickets[index];
    if (!ticket) continue;
    // Nobody else's can be in these lists: the others are left out for the sake of time.
    const among = byCustomer.get(ticket.item.customer_id) ?? [];
    for (const { view } of idsOf(ticket)) {
      await comparison.list({ ...view, ...comparison.pick(ORDERS) }, { limit: comparison.pick([1, 5, 100]) }, among);
    }
  }
}

/** Each pair of different filters: with values that some ticket has, or with any. */
export async function comparePairs(comparison: Comparison, tickets: readonly Ticket[], { pairs }: Extent) {
  const any = Map.groupBy(everyFilter(tickets), ({ name }) => name);
  const names = [...new Set([...any.keys(), ...passedBy(comparison.ticket()).map(({ name }) => name)])];
  const twos = names.flatMap((one, index) => names.slice(index + 1).map((other): [string, string] => [one, other]));
  for (const [one, other] of twos) {
    for (let run = 0; run < pairs; run++) {
      const passed = Map.groupBy(passedBy(comparison.ticket()), ({ name }) => name);
      const from = (name: string) => {
        const values = (run % 3 === 2 ? any.get(name) : passed.get(name)) ?? passed.get(name) ?? any.get(name) ?? [];
        return values[comparison.below(values.length)]?.view ?? {};
      };
      const view = { ...from(one), ...from(other), ...comparison.pick(ORDERS) };
      await comparison.list(view, { limit: comparison.pick([1, 3, 20, 50, 100]), pages: 3 });
    }
  }
  return twos.length;
}
