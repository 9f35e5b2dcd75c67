import { DEFAULT_URL, type Target } from "../service/target.ts";

/** A command for the same Edgedesk, to be pasted into a terminal. The key is not in it: it would stay in the shell's history. */
export function commandFor({ url: { href } }: Target, command: string): string {
  const elsewhere = href === `${DEFAULT_URL}/` ? "" : ` --url ${/^[\w:/.-]+$/u.test(href) ? href : `'${href}'`}`;
  return `npm run projections -- ${command}${elsewhere}`;
}

/** The same within a sentence. */
export function toPaste(target: Target, command: string): string {
  return `\`${commandFor(target, command)}\``;
}
