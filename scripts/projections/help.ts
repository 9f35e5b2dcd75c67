import { COMMON_HELP } from "../service/target.ts";

const BEGINNING = "npm run projections --";

const TEXTS = {
  status: `${BEGINNING} status [--watch]

Shows how the lists are: how far they are behind, what is parked, how the rebuild and the audit stand. Exit code 0 if all is well,
1 if not; what is wrong comes first.

  --watch     again every 2 seconds, until Ctrl-C`,
  rebuild: `${BEGINNING} rebuild [--no-wait | --cancel]

Computes all rows of the lists anew from the source, and compares them with it in the end. Follows it, also one that runs already.
Ctrl-C stops following, not the rebuild. Exit code 0 if it is finished and the audit after it found no drift; 1 if it found some, if
the rebuild was cancelled, or if nothing has moved for 2 minutes.

  --no-wait   only starts it
  --cancel    cancels the one that runs`,
  audit: `${BEGINNING} audit [--show]

Compares all rows of the lists with the source, heals what differs, and says what that was. Ctrl-C stops following, not the audit.
Exit code 0 if nothing differed, 1 if something did, or if nothing has moved for 2 minutes.

  --show      only shows how the audit stands, and what was found so far`,
  parked: `${BEGINNING} parked

Lists the tickets that could not be projected and that wait for somebody to look, up to 100, with the error of each.`,
  retry: `${BEGINNING} retry TICKET_ID… | --all

Tries parked tickets again: those that are named at once, with the outcome of each, and exit code 0 if all of them are projected.

  --all       sends all that are parked to the queue again`,
} as const;

/** The name of a command. */
export type CommandName = keyof typeof TEXTS;

/** All of them, in the order of the help. */
export const COMMANDS: readonly CommandName[] = ["status", "rebuild", "audit", "parked", "retry"];

const ALL = `${BEGINNING} COMMAND [OPTIONS]

Looks after the lists of an Edgedesk that runs, here or deployed.

  status      how they are: what is behind, parked, silent or wrong (--watch)
  rebuild     computes them anew from the source, and follows that (--no-wait, --cancel)
  audit       compares them with the source, and heals what differs (--show)
  parked      the tickets that could not be projected
  retry       tries these again (TICKET_ID…, --all)

${BEGINNING} COMMAND --help says more. Exit code 0 if all is well, 1 if not, 2 for a wrong call, 130 after Ctrl-C.`;

/** Whether there is such a command. */
export function isCommand(name: string | undefined): name is CommandName {
  return COMMANDS.some((command) => command === name);
}

/** The help for one command, or for all. */
export function helpOf(command: CommandName | undefined): string {
  return `${command === undefined ? ALL : TEXTS[command]}

${COMMON_HELP}`;
}
