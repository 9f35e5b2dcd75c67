import { failureOf } from "./failures.ts";

/**
 * The parts in which a batch that failed is tried again: its halves. If it timed out, a single item comes first, for its caller to see
 * whether the batch was too large or the database answers nobody.
 */
export function partsOf<Item>(items: readonly Item[], error: unknown): (readonly Item[])[] {
  const probe = failureOf(error) === "timed-out" ? 1 : 0;
  const middle = probe + Math.ceil((items.length - probe) / 2);
  const parts = [items.slice(0, probe), items.slice(probe, middle), items.slice(middle)];
  return parts.filter((part) => part.length > 0);
}
