import type { EventSeen } from "./answers.ts";
import { factOf, markerIn, type Setting, settingIn, settingOf, wordsOf } from "./commands.ts";
import { differenceOf, type EventLog, expectedRow } from "./history.ts";
import type { Attempt, Kind, Violation } from "./ledger.ts";

/** An event, and where it is. */
interface Effect {
  readonly id: string;
  readonly event: EventSeen;
}

/**
 * Holds the event log to what the clients sent and were answered: nothing acknowledged is missing, nothing took effect twice,
 * nothing is there that nobody asked for, and the versions of each ticket have no gaps.
 *
 * @param log all tickets that a command was acknowledged for
 * @param before tickets that were there before the clients, whose commands nobody has noted
 */
export function checkLog(log: EventLog, attempts: readonly Attempt[], before: ReadonlySet<string>): Violation[] {
  const effects = [...log]
    .filter(([id]) => !before.has(id))
    .flatMap(([id, events]) => events.map((event): Effect => ({ id, event })));
  const byMarker = Map.groupBy(effects, ({ event }) => ("body" in event.data && markerIn(event.data.body)) || "");
  return [
    ...gaps(log),
    ...unasked(byMarker, attempts),
    ...unaskedSettings(effects, attempts),
    ...halfTaken(byMarker, attempts),
    ...attempts.flatMap((attempt) => {
      const setting = settingOf(attempt.command);
      return setting ? lostSettings(attempt, setting, log) : wrongEffects(attempt, byMarker.get(attempt.marker) ?? []);
    }),
  ];
}

function gaps(log: EventLog): Violation[] {
  return [...log].flatMap(([id, events]) => {
    const versions = events.map(({ version }) => version);
    const hasGaps = versions.some((version, index) => version !== index + 1);
    return hasGaps ? [violation("gap", `ticket ${id} has the versions ${versions.join(", ")}`)] : [];
  });
}

/** Texts without a marker of any client, or with one that no client has used. */
function unasked(byMarker: ReadonlyMap<string, readonly Effect[]>, attempts: readonly Attempt[]): Violation[] {
  const known = new Set(attempts.map(({ marker }) => marker));
  return [...byMarker]
    .filter(([marker]) => !known.has(marker))
    .flatMap(([, effects]) => effects.filter(({ event }) => settingIn(event) === undefined))
    .map((effect) => violation("unasked", `${inWords(effect)} is nobody's`));
}

/** What became of a command whose text has its marker in it. */
function wrongEffects(attempt: Attempt, effects: readonly Effect[]): Violation[] {
  const what = `${attempt.command.type} ${attempt.marker}`;
  const [effect] = effects;
  const { answers, refusals, unknown } = attempt;
  const places = effects.map(({ id, event }) => `${id} version ${event.version}`);
  const found: Violation[] = [];
  if (effects.length > 1) found.push(violation("doubled", `${what} took effect at ${places.join(" and ")}`));
  if (effect === undefined) {
    for (const { id, version } of answers.slice(0, 1)) {
      found.push(violation("lost", `${what} was acknowledged${place(id, version)}, and is not there`));
    }
    return found;
  }
  if (answers.length === 0 && refusals.length > 0) {
    found.push(violation("answer", `${what} was refused (${refusals[0]}), and took effect at ${places[0]}`));
  }
  if (answers.length + refusals.length + unknown === 0) found.push(violation("unasked", `${what} was never sent`));
  for (const { id, version } of answers) {
    if ((id === undefined || id === effect.id) && version === effect.event.version) continue;
    found.push(violation("lost", `${what} was acknowledged${place(id, version)}, and is at ${places[0]}`));
  }
  const fact = factOf(attempt.command);
  const difference = differenceOf({ type: effect.event.type, ...effect.event.data }, { type: fact.type, ...fact.data });
  if (difference) found.push(violation("lost", `${what} is at ${places[0]}, but its ${difference}`));
  return found;
}

/** The lines of an import are one transaction: all of them are there, or none. */
function halfTaken(byMarker: ReadonlyMap<string, readonly Effect[]>, attempts: readonly Attempt[]): Violation[] {
  const lines = attempts.filter(({ command }) => command.type === "ImportTicket");
  return [...Map.groupBy(lines, ({ key }) => key)].flatMap(([key, together]) => {
    const there = together.filter(({ marker }) => byMarker.has(marker)).length;
    const isWhole = there === 0 || there === together.length;
    return isWhole ? [] : [violation("lost", `of the import ${key}, ${there} of ${together.length} lines are there`)];
  });
}

/** What sets something has no text: what was acknowledged must hold at the version that the answer named. */
function lostSettings({ command, marker, answers }: Attempt, setting: Setting, log: EventLog): Violation[] {
  return answers.flatMap(({ id, version }) => {
    const events = log.get(id ?? "") ?? [];
    const row = events.length < version ? undefined : expectedRow(events, version);
    const there = row && wordsOf({ ...setting, value: row[setting.field] });
    if (there === wordsOf(setting)) return [];
    const what = `${command.type} ${marker} to ${wordsOf(setting)}`;
    const why = there === undefined ? "that version is not there" : `there is ${there}`;
    return [violation("lost", `${what} was acknowledged${place(id, version)}, and ${why}`)];
  });
}

/** Whatever is set is the effect of one command: one that was acknowledged there, or one that nobody has an answer for. */
function unaskedSettings(effects: readonly Effect[], attempts: readonly Attempt[]): Violation[] {
  const acknowledged = new Set<string>();
  const unknown = new Map<string, number>();
  for (const { command, answers, refusals } of attempts) {
    const setting = settingOf(command);
    if (!setting || !("ticket_id" in command)) continue;
    for (const { id, version } of answers) acknowledged.add(`${id} ${version} ${wordsOf(setting)}`);
    if (answers.length + refusals.length > 0) continue;
    const wanted = `${command.ticket_id} ${wordsOf(setting)}`;
    unknown.set(wanted, (unknown.get(wanted) ?? 0) + 1);
  }
  return effects.flatMap((effect) => {
    const { id, event } = effect;
    const setting = settingIn(event);
    if (!setting || acknowledged.has(`${id} ${event.version} ${wordsOf(setting)}`)) return [];
    const wanted = `${id} ${wordsOf(setting)}`;
    const left = unknown.get(wanted) ?? 0;
    unknown.set(wanted, left - 1);
    if (left > 0) return [];
    return [violation("doubled", `${inWords(effect)}, to ${wordsOf(setting)}, is a second effect, or nobody's`)];
  });
}

function place(id: string | undefined, version: number): string {
  return id === undefined ? "" : ` as ${id} version ${version}`;
}

function inWords({ id, event }: Effect): string {
  return `${event.type} at ${id} version ${event.version}`;
}

function violation(kind: Kind, detail: string): Violation {
  return { kind, detail };
}
