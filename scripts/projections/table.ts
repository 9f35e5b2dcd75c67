import { styleText } from "node:util";

/** If the last column would be narrower, in columns of the terminal, it gets its own line. */
const NARROWEST = 30;
const GAP = "  ";
/** Characters that take two columns of a terminal. */
const WIDE =
  /\p{Emoji_Presentation}|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff01-\uff60]/u;

/**
 * Aligns rows to lines, the headers first. The last column is cut to the width of the terminal.
 *
 * @param width of the terminal, in columns; infinite to cut nothing.
 */
export function table(headers: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const all = [headers, ...rows];
  const widths = headers.slice(0, -1).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const room = width - widths.reduce((sum, column) => sum + column + GAP.length, 0);
  return all.flatMap((row, index) => {
    const last = row.at(-1) ?? "";
    const others = widths.map((column, at) => (row[at] ?? "").padEnd(column)).join(GAP);
    const lines =
      room >= NARROWEST
        ? [`${others}${GAP}${cut(last, room)}`.trimEnd()]
        : [others.trimEnd(), `${GAP}${cut(last, width - GAP.length)}`];
    return index === 0 ? lines.map((line) => styleText("dim", line)) : lines;
  });
}

/** The beginning of the text, with … at its end if something is missing. */
export function cut(text: string, columns: number): string {
  let used = 0;
  let fitting = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    // What is left out leaves room for the …, and if only this one does not fit, nothing else can come after it.
    if (used > columns) return `${fitting}…`;
    if (used < columns) fitting += segment;
    else if (fitting.length + segment.length === text.length) return text;
  }
  return text;
}

function widthOf(segment: string): number {
  return WIDE.test(segment) ? 2 : 1;
}
