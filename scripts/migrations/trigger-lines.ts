/**
 * Makes the one-line form of each trigger of a readable source: comments and line breaks go. Production takes a trigger only on one
 * physical line (docs/decisions/0021).
 *
 * @returns the lines by the triggers' names, in the order of the source
 */
export function triggerLines(source: string): Map<string, string> {
  const text = source
    .replaceAll(/--.*$/gmu, "")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/(?<=\() | (?=\))/gu, "");
  const lines = text.match(/CREATE TRIGGER .*?; END;/gu) ?? [];
  return new Map(lines.map((line) => [line.split(" ", 3)[2] ?? "", line]));
}
