import { parseArgs } from "node:util";
import { COMMON_OPTIONS, readTarget, type Target, usageError } from "../service/target.ts";
import { COMMANDS, type CommandName, helpOf, isCommand } from "./help.ts";

const SCRIPT = "projections";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/** A command with its options. */
export type Call =
  | { readonly command: "status"; readonly watch: boolean }
  | { readonly command: "rebuild"; readonly action: "follow" | "leave" | "cancel" }
  | { readonly command: "audit"; readonly show: boolean }
  | { readonly command: "parked" }
  | { readonly command: "retry"; readonly tickets: readonly string[] | "all" };

/** The options of a call. */
export interface Options extends Target {
  readonly call: Call;
  readonly json: boolean;
}

/** The options of single commands. */
const OWN = [
  ["watch", "status"],
  ["cancel", "rebuild"],
  ["no-wait", "rebuild"],
  ["show", "audit"],
  ["all", "retry"],
] as const;
const ownOption = { type: "boolean", default: false } as const;

/**
 * Reads the options from the command line and the environment.
 *
 * @returns the text to print for `--help`.
 * @throws ExitError with exit code 2 if something is missing or unknown.
 */
export function readOptions(args: readonly string[]): Options | string {
  const { values, positionals } = parsed(args);
  const [name, ...operands] = positionals;
  if (values.help) return helpOf(isCommand(name) ? name : undefined);
  if (name === undefined) throw usageError(`give a command: ${inWords(COMMANDS)}`, SCRIPT);
  if (!isCommand(name)) throw usageError(`unknown command ${name}: use ${inWords(COMMANDS)}`, SCRIPT);
  for (const [option, owner] of OWN) {
    if (values[option] && owner !== name) throw usageError(`--${option} is an option of ${owner} only`, SCRIPT);
  }
  const call = understood(name, operands, values);
  return { call, ...readTarget(values, SCRIPT), json: values.json };
}

function understood(name: CommandName, operands: readonly string[], values: ReturnType<typeof parsed>["values"]): Call {
  if (name === "retry") return { command: name, tickets: ticketsToRetry(operands, values.all) };
  if (operands.length > 0) throw usageError(`unexpected after ${name}: ${operands.join(", ")}`, SCRIPT);
  switch (name) {
    case "status":
      return { command: name, watch: values.watch };
    case "rebuild":
      if (values.cancel && values["no-wait"]) throw usageError("--cancel and --no-wait cannot be combined", SCRIPT);
      return { command: name, action: values.cancel ? "cancel" : values["no-wait"] ? "leave" : "follow" };
    case "audit":
      return { command: name, show: values.show };
    case "parked":
      return { command: name };
  }
}

function ticketsToRetry(ids: readonly string[], all: boolean): readonly string[] | "all" {
  if (all && ids.length > 0) throw usageError("ticket ids and --all cannot be combined", SCRIPT);
  if (all) return "all";
  if (ids.length === 0) throw usageError("give the ids of the tickets to retry, or --all", SCRIPT);
  const wrong = ids.filter((id) => !UUID.test(id));
  if (wrong.length > 0) throw usageError(`not the id of a ticket (a UUID): ${wrong.join(", ")}`, SCRIPT);
  return [...new Set(ids)];
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...COMMON_OPTIONS,
        watch: ownOption,
        cancel: ownOption,
        "no-wait": ownOption,
        show: ownOption,
        all: ownOption,
      },
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), SCRIPT);
  }
}
