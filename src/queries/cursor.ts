import { Refusal } from "../domain/refusal.ts";
import type { Seal } from "../platform/sealed.ts";

/**
 * Makes the cursor of the page after a position.
 *
 * @param scope everything that the pages of one walk have in common: workspace, filters, order
 * @param position where the page ends: the sort key of its last row
 */
export function encodeCursor(seal: Seal, scope: unknown, position: readonly (string | number)[]): string {
  return seal.seal(scope, position);
}

/**
 * Reads a cursor.
 *
 * @param kinds what each part of its position must be: a forged one can hold anything
 * @param parameter where it came from
 * @throws {@link Refusal} `invalid-cursor` when it is cut, changed, or was made for another walk
 */
export function decodeCursor<Kinds extends readonly Kind[]>(
  seal: Seal,
  scope: unknown,
  cursor: string,
  kinds: Kinds,
  parameter = "cursor",
): PositionOf<Kinds> {
  const position = seal.open(scope, cursor);
  if (isPosition(position, kinds)) return position;
  throw new Refusal(
    "invalid-cursor",
    "is damaged or belongs to another list: send next_cursor unchanged, with the same parameters",
    parameter,
  );
}

type Kind = "text" | "number";
type PositionOf<Kinds extends readonly Kind[]> = {
  readonly [Index in keyof Kinds]: Kinds[Index] extends "text" ? string : number;
};

function isPosition<Kinds extends readonly Kind[]>(value: unknown, kinds: Kinds): value is PositionOf<Kinds> {
  return (
    Array.isArray(value) &&
    value.length === kinds.length &&
    kinds.every((kind, index) =>
      kind === "text" ? typeof value[index] === "string" : Number.isSafeInteger(value[index]),
    )
  );
}
