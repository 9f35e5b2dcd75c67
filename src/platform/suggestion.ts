/** Edits after which a name is another name, not a misspelling. */
const MAX_EDITS = 2;

/** Names shorter than this are part of too many others. */
const MIN_PART = 3;

/** Longer names are not compared: the work grows with the square of the length, and a client chooses it. */
const MAX_LENGTH = 64;

/**
 * The candidate that a misspelled name most likely means: the same letters in another spelling (`customerId`), at most two edits away, or
 * one of which the name is a part (`status` of `new_status`).
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((candidate) => ({ candidate, score: misspelling(name, candidate) }));
  const [best] = scored
    .filter(({ score }) => score !== undefined)
    .toSorted((a, b) => Number(a.score) - Number(b.score));
  return best?.candidate;
}

/** How far a name is from a candidate, 0 for the same letters; undefined if it is another name. */
export function misspelling(name: string, candidate: string): number | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const [one, other] = [lettersOf(name), lettersOf(candidate)];
  const edits = editDistance(one, other);
  // A third of the letters may be wrong, but one always: `tag` for `tags`.
  const allowed = Math.min(MAX_EDITS, Math.max(1, Math.floor(other.length / 3)));
  if (one.length > 1 && edits <= allowed) return edits;
  const [part, whole] = one.length < other.length ? [one, other] : [other, one];
  return part.length >= MIN_PART && whole.includes(part) ? MAX_EDITS + 1 : undefined;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Insertions, deletions and replacements that make one text of another (Wagner and Fischer, 1974). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, wanted] of [...other].entries()) {
      const replaced = (row[column] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
