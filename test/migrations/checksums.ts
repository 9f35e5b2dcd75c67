import { createHash } from "node:crypto";

/** The file of `migrations/` that has the SHA-256 of each migration, as `sha256sum -c` reads it. wrangler takes `*.sql` only. */
export const CHECKSUMS = "SHA256SUMS";

/**
 * Compares migrations with their recorded checksums.
 *
 * @param recorded the text of {@link CHECKSUMS}
 * @param files the migrations' texts, by their names
 * @returns for each that differs, what to do
 */
export function wrongChecksums(recorded: string, files: ReadonlyMap<string, string>): string[] {
  const lines = recorded.split("\n").filter((line) => line !== "");
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const wrong = [...files].flatMap(([name, text]) => {
    const sum = createHash("sha256").update(text).digest("hex");
    if (sums.get(name) === sum) return [];
    if (!sums.has(name)) return [`${name} is new. Append this line to migrations/${CHECKSUMS}: ${sum}  ${name}`];
    return [
      `${name} was edited. If it is on the main branch, databases have been made with it: restore it, and write a new migration ` +
        `for the change. If it is not, put this line into migrations/${CHECKSUMS}: ${sum}  ${name}`,
    ];
  });
  const gone = [...sums.keys()].filter((name) => !files.has(name));
  return [
    ...wrong,
    ...gone.map((name) => `${name} was removed or renamed. Databases have been made with it: restore it.`),
  ];
}
