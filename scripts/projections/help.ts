import { COMMON_HELP } from "../service/target.ts";

const BEGINNING = "npm run projections --";

const TEXTS = {
  status: `${BEGINNING} status [--watch]

Shows the status of the lists: their lag, the parked tickets, the rebuild and the audit. Problems come first.
Exit code 0 if the status is ok, 1 if not.

  --watch     refresh every 2 seconds, until Ctrl-C`,
  rebuild: `${BEGINNING} rebuild [--no-wait | --cancel]

Rebuilds all rows of the lists from the source, then audits them. Shows the progress, also of a rebuild that is already running.
Ctrl-C stops the display, not the rebuild. Exit code 0 if the rebuild finished and the audit found no drift; 1 if it found drift, if
the rebuild was cancelled, or if nothing moved for 2 minutes.

  --no-wait   start the rebuild and exit
  --cancel    cancel the running rebuild`,
  audit: `${BEGINNING} audit [--show]

Compares all rows of the lists with the source, heals rows that differ, and reports them. Ctrl-C stops the display, not the audit.
Exit code 0 if no row differed; 1 if a row differed, or if nothing moved for 2 minutes.

  --show      show the state of the audit and its findings, and exit`,
  parked: `${BEGINNING} parked

Lists up to 100 parked tickets: tickets that could not be projected. Shows the error of each.`,
  retry: `${BEGINNING} retry TICKET_ID… | --all

Retries parked tickets at once, and shows the outcome of each. Exit code 0 if all of them are projected.

  --all       send all parked tickets to the queue`,
} as const;

/** The name of a command. */
export type CommandName = keyof typeof TEXTS;

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandName[] = ["status", "rebuild", "audit", "parked", "retry"];

const ALL = `${BEGINNING} COMMAND [OPTIONS]

Operates the lists of a running Edgedesk, local or deployed.

  status      show lag, parked tickets and problems (--watch)
  rebuild     rebuild the lists from the source (--no-wait, --cancel)
  audit       compare the lists with the source, and heal differences (--show)
  parked      list the tickets that could not be projected
  retry       retry parked tickets (TICKET_ID…, --all)

See ${BEGINNING} COMMAND --help. Exit code 0 for success, 1 for a problem, 2 for a usage error, 130 after Ctrl-C.`;

/** Tells whether a command has this name. */
export function isCommand(name: string | undefined): name is CommandName {
  return COMMANDS.some((command) => command === name);
}

/** The help of one command, or of all. */
export function helpOf(command: CommandName | undefined): string {
  return `${command === undefined ? ALL : TEXTS[command]}

${COMMON_HELP}`;
}
