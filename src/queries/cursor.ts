import { Refusal } from "../errors.ts";
import { seal, unseal } from "../sealed.ts";

/** Where a page ends: the sort key of its last row. */
export type Position = readonly (string | number)[];

/**
 * Makes the cursor of the page after a position.
 *
 * @param scope everything that the pages of one walk have in common: workspace, filters, order
 */
export function encodeCursor(scope: unknown, position: Position): string {
  return seal(scope, position);
}

/**
 * Reads a cursor.
 *
 * @throws {@link Refusal} `invalid-cursor` when it is cut, changed, or was made for another walk
 */
export function decodeCursor(scope: unknown, cursor: string): Position {
  const position = unseal(scope, cursor);
  if (Array.isArray(position) && position.every(isKey)) return position;
  throw new Refusal(
    "invalid-cursor",
    "was not made for this list and these parameters, or is damaged: take it from next_cursor as it is",
    "cursor",
  );
}

function isKey(value: unknown): value is string | number {
  return typeof value === "string" || Number.isSafeInteger(value);
}
