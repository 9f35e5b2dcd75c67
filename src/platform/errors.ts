/** Longer chains of causes are not followed: a chain may lead back to itself. */
const MAX_CAUSES = 8;

/** An error and what caused it, the outermost first. Drizzle wraps what D1 throws. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let next = error; next instanceof Error && causes.length < MAX_CAUSES; next = next.cause) causes.push(next);
  return causes;
}

/** An event of a ticket, by its place. */
interface EventPlace {
  readonly ticket_id: string;
  readonly version: number;
}

/** The database failed while it took these events. It may have taken them, or may still do so. */
export class UnknownOutcome extends Error {
  override readonly name = "UnknownOutcome";
  readonly events: readonly EventPlace[];

  constructor(cause: unknown, events: readonly EventPlace[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.events = events;
  }
}

/** Messages that end with a value that they do not quote: Drizzle's with parameters, V8's with what it cannot read. */
const UNQUOTED_VALUE =
  /(\bparams:|\bCannot convert|\bInvalid (?:time zone specified|regular expression|language tag)):? .*/s;

/**
 * The reason of an error, for a log, with its causes. The values in it are left out, because they may be somebody's text: `JSON.parse` quotes
 * what it cannot read, D1 what it cannot bind, and Drizzle lists all parameters.
 */
export function reasonOf(error: unknown): string {
  // A wrapper may have its cause's message.
  const chain = causesOf(error).filter(({ message }, index, all) => message !== all[index - 1]?.message);
  const causes = chain.map(({ name, message }) => `${name}: ${message}`);
  return (causes.length > 0 ? causes : [String(error)]).map(withoutValues).join(", because of ");
}

function withoutValues(reason: string): string {
  return reason.replace(UNQUOTED_VALUE, "$1 …").replace(/["'`].*["'`]/s, "…");
}

/** Where it was thrown, innermost first, for a log: the stack without the message, which stands before it. */
export function framesOf({ stack = "", message }: Error): string {
  const lines = stack.replace(message, "").split("\n");
  return lines.filter((line) => /^\s+at /.test(line)).join("\n");
}
