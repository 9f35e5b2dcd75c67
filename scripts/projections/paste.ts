import { DEFAULT_URL, type Target } from "../service/target.ts";

/** A command line for the same Edgedesk. It has no key, because the shell would keep it in its history. */
export function commandFor({ url: { href } }: Target, command: string): string {
  const elsewhere = href === `${DEFAULT_URL}/` ? "" : ` --url ${/^[\w:/.-]+$/u.test(href) ? href : `'${href}'`}`;
  return `npm run projections -- ${command}${elsewhere}`;
}

/** The command line within a sentence. */
export function quotedCommand(target: Target, command: string): string {
  return `\`${commandFor(target, command)}\``;
}
